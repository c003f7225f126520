/// The shard of what was answered about each image of a dataset.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "answers/info.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "store/dataset.hpp"
#include "store/writer.hpp"

namespace cs::data {

/// Answers aligned to the records of a dataset, with their labels. The shard is begun when the
/// first answers have shown how wide they are, and published by close().
class AnswerShard {
 public:
  /// `step` is the history's line of this run, `type` that in which vectors are stored (f32, f16).
  /// `records` are the images, or other answers to them; it must outlive the shard.
  AnswerShard(std::filesystem::path path, Overwrite overwrite, store::Type type,
              const store::Dataset& records, const answers::AnswerInfo& info, const Json& step);

  /// Appends answers, f32 [rows, width]; predictions as f32 [rows, 1] or i64 [rows]. Throws
  /// DataError if they are too large for the type.
  void append(const at::Tensor& answers);
  void close();

 private:
  store::ColumnSpec spec(const at::Tensor& answers) const;
  std::filesystem::path path_;
  Overwrite overwrite_;
  store::Type type_;
  store::AnswerKind kind_;
  const store::Dataset& records_;
  store::Header header_;
  std::optional<store::Writer> writer_;
};

/// Publishes predictions, i64 [count], positions in `classes`, for records that some encoder
/// answered: `embeddings`, whose images they are to. Throws UsageError if that is several shards.
void save_predictions(const std::filesystem::path& path, const at::Tensor& predictions,
                      const std::vector<std::string>& classes, const store::Dataset& embeddings,
                      const Json& step, Overwrite overwrite);

}  // namespace cs::data
