/// A safetensors file of this project: weights, one JSON object that describes them (metadata key
/// "cs"), and a digest over the whole file (metadata key "cs.digest", counted as zeros).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/file.hpp"
#include "core/hash.hpp"
#include "core/json.hpp"
#include "formats/safetensors.hpp"
#include "nn/state.hpp"

namespace cs::nn {

/// Publishes `state` and `about` and returns the digest of the file's bytes.
Digest save_weights(const std::filesystem::path& path, const State& state, const Json& about,
                    Overwrite overwrite);

/// A file as read. Nothing in it is to be trusted before verify().
struct WeightsFile {
  std::string subject;                       ///< the path, for messages
  std::shared_ptr<const std::string> bytes;  ///< that `file` points into
  formats::Safetensors file;
  Json about;
  Digest digest;  ///< of the bytes: names the file in caches and histories

  /// Throws DataError unless the file states the digest that it has. Comes last, so that a file of
  /// another kind is refused for what it lacks.
  void verify() const;
};

/// Throws DataError if the file is no safetensors, or lacks "cs".
WeightsFile read_weights(const std::filesystem::path& path);

}  // namespace cs::nn
