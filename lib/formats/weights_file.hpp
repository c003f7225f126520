/// A file of weights: safetensors, or what torch.save() writes. What it is by its metadata, and the
/// digest that it states of itself. Files of this project keep a JSON object that describes them
/// under the metadata key "cs" and under "cs.digest" a digest of the whole file (taken with zeros
/// in its own place).
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "core/json.hpp"
#include "formats/file_kind.hpp"
#include "formats/safetensors.hpp"

namespace cs::formats {

enum class WeightsKind {
  kEncoder,
  kHead,        ///< a linear classifier on an encoder
  kCheckpoint,  ///< of a training under way
  kForeign,     ///< weights without our metadata: another program wrote them
};

/// Whether read_weights() takes files of this kind.
bool holds_weights(FileKind kind);

/// A file as read. Nothing in it is to be trusted before verify().
struct WeightsFile {
  std::string subject;                                    ///< the path, for messages
  std::shared_ptr<const std::string> bytes;               ///< that `file` points into
  std::shared_ptr<const std::deque<std::string>> copies;  ///< and, of PyTorch's files, into these
  Safetensors file;
  WeightsKind kind = WeightsKind::kForeign;
  Json about;     ///< the object under "cs"; null if foreign
  Digest digest;  ///< of the bytes: names the file in caches and histories

  /// Throws DataError that says what the file is, unless it is of this kind.
  void require(WeightsKind wanted) const;

  /// Throws DataError unless the file states the digest that it has. Comes last, so that a file of
  /// another kind is refused for what it lacks.
  void verify() const;
};

/// Throws DataError if the file is of neither kind, or damaged (parse_safetensors(),
/// parse_torch_file()).
WeightsFile read_weights(const std::filesystem::path& path);

/// The metadata of a file that `about` describes, with a place for its digest.
Metadata metadata_for(const Json& about);

/// Writes a complete file's digest into the place that metadata_for() made.
void state_digest(std::string& file);

}  // namespace cs::formats
