/// Answers that somebody has already, in a file, as a victim: nothing is computed, sent or paid.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "answers/kind.hpp"
#include "answers/victim.hpp"
#include "store/dataset.hpp"

namespace cs::answers {

struct RecordingOptions {
  AnswerKind answer = AnswerKind::kEmbedding;
  std::optional<std::string> array;   ///< of several in an .npz
  std::optional<std::string> victim;  ///< a name that all recordings of one victim share
  std::function<void(const std::string&)>
      remark{};  ///< told of rows that no image has; may be empty
};

/// Reads a whole recording into memory and finds the answer to each of `images`: of an .npy, an
/// .npz or JSON lines (formats/recording.hpp) by name or, without names, in the order of the ids;
/// of a shard, or a folder of shards, by their fingerprint. The file is told by its content.
///
/// The victim's id is that of the answers in a shard; else it is made of the file, or of
/// `options.victim`.
///
/// Throws DataError naming the file if it is damaged or of another kind, has not exactly one row
/// for each image, or has numbers that are not finite; UsageError if it holds another kind of
/// answer than asked for, or an option has no effect on it.
std::unique_ptr<Victim> recorded_victim(const std::filesystem::path& path,
                                        const store::Dataset& images,
                                        const RecordingOptions& options);

}  // namespace cs::answers
