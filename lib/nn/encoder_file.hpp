/// The file an encoder is kept in.
#pragma once

#include <filesystem>

#include "core/file.hpp"
#include "core/hash.hpp"
#include "nn/encoder.hpp"

namespace cs::nn {

using formats::EncoderAbout;

struct EncoderFile {
  Encoder encoder;     ///< on the CPU, ready to answer (in evaluation mode)
  EncoderAbout about;  ///< with the encoder's configuration
  Digest digest;       ///< of the whole file: names the encoder in caches and histories
};

/// Publishes `encoder` as safetensors and returns the file's digest. The configuration comes from
/// the encoder, how it was made (method, history, what else there is to say) from `about`.
Digest save_encoder(const std::filesystem::path& path, const Encoder& encoder, EncoderAbout about,
                    Overwrite overwrite);

/// Reads what save_encoder() wrote. Throws DataError naming the first member of the metadata that
/// is missing or wrong (nothing is guessed), or the first tensor that is missing, not expected, of
/// the wrong shape or type, or not finite; also if the file's digest is not the one it states.
EncoderFile load_encoder(const std::filesystem::path& path);

}  // namespace cs::nn
