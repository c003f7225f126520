#include "data/answer_shard.hpp"

#include <ATen/ATen.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace cs::data {

using store::Column;

AnswerShard::AnswerShard(std::filesystem::path path, Overwrite overwrite, store::Type type,
                         const store::Dataset& records, const answers::AnswerInfo& info,
                         const Json& step)
    : path_(std::move(path)),
      overwrite_(overwrite),
      type_(type),
      kind_(info.kind),
      records_(records),
      header_(store::derived_header(records, step)) {
  header_.columns.clear();
  if (const auto* label = records.header().find(Column::kLabel)) header_.columns = {*label};
  answers::state(info, header_);
}

store::ColumnSpec AnswerShard::spec(const at::Tensor& answers) const {
  if (kind_ == store::AnswerKind::kPrediction) return store::prediction_spec();
  const auto width = static_cast<std::uint32_t>(answers.size(1));
  return store::vector_spec(store::column_of(kind_), type_, width);
}

void AnswerShard::append(const at::Tensor& answers) {
  if (!writer_) {
    header_.columns.push_back(spec(answers));
    writer_.emplace(path_, overwrite_, header_);
  }
  at::ScalarType type = type_ == store::Type::kF16 ? at::kHalf : at::kFloat;
  if (kind_ == store::AnswerKind::kPrediction) type = at::kInt;
  const at::Tensor stored = answers.to(type).contiguous();
  if (type == at::kHalf && !at::isfinite(stored).all().item<bool>())
    throw DataError(path_.string(),
                    "cannot hold the answers: numbers too large for f16; use "
                    "`dtype` f32");
  writer_->append(store::column_of(kind_), stored.data_ptr(),
                  static_cast<std::size_t>(stored.size(0)));
}

void AnswerShard::close() {
  if (header_.find(Column::kLabel) != nullptr) {
    std::vector<std::int32_t> labels(records_.count());
    records_.read(Column::kLabel, records_.header().first, records_.count(), labels.data());
    writer_->append(Column::kLabel, labels.data(), labels.size());
  }
  writer_->close();
}

void save_predictions(const std::filesystem::path& path, const at::Tensor& predictions,
                      const std::vector<std::string>& classes, const store::Dataset& embeddings,
                      const Json& step, Overwrite overwrite) {
  if (embeddings.shards().size() != 1)
    throw UsageError(embeddings.name(), "is several shards; write predictions for one at a time");
  answers::AnswerInfo info = answers::info_of(embeddings);
  if (!info.of) throw DataError(embeddings.name(), "does not say which images it answers");
  info.kind = store::AnswerKind::kPrediction;
  info.classes = classes;
  AnswerShard shard(path, overwrite, store::Type::kF32, embeddings, info, step);
  shard.append(predictions);
  shard.close();
}

}  // namespace cs::data
