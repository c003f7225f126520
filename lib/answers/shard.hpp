/// The shard of what was answered about each image of a dataset.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "answers/info.hpp"
#include "answers/query.hpp"
#include "core/file.hpp"
#include "core/json_fwd.hpp"
#include "store/dataset.hpp"
#include "store/writer.hpp"

namespace cs::answers {

/// Answers aligned to the records of a dataset, with their labels. The shard is begun when the
/// first answers have shown how wide they are, and published by close().
class AnswerShard {
 public:
  /// `step` is the history's line of this run, `type` that in which vectors are stored (f32, f16).
  /// `records` are the images, or other answers to them; it must outlive the shard. With repeats,
  /// the answers to one image are stored as answers to views of it are.
  AnswerShard(std::filesystem::path path, Overwrite overwrite, store::Type type,
              const store::Dataset& records, const AnswerInfo& info, const Json& step);

  /// Appends the answers about the next records. Throws DataError if they are not as wide as those
  /// before, or too large for the type.
  void append(const Answers& answers);
  /// Adds the labels and publishes. Throws Error if nothing was appended, and as
  /// store::Writer::close() does.
  void close();

 private:
  void begin(std::size_t width);
  std::filesystem::path path_;
  Overwrite overwrite_;
  store::Type type_;
  AnswerKind kind_;
  std::uint64_t repeats_;
  const store::Dataset& records_;
  store::Header header_;
  std::optional<store::Writer> writer_;
  std::size_t width_ = 0;
};

/// Publishes predictions, positions in `classes`, for records that some encoder answered:
/// `embeddings`, whose images they are to. Throws UsageError if that is several shards.
void save_predictions(const std::filesystem::path& path,
                      const std::vector<std::int32_t>& predictions,
                      const std::vector<std::string>& classes, const store::Dataset& embeddings,
                      const Json& step, Overwrite overwrite);

}  // namespace cs::answers
