#include "answers/shard.hpp"

#include <algorithm>
#include <opencv2/core.hpp>
#include <utility>

#include "core/error.hpp"

namespace cs::answers {
namespace {

using store::Column;

/// Rounded to the nearest f16, as its bits.
std::vector<std::uint16_t> to_half(const std::vector<float>& values) {
  std::vector<std::uint16_t> half(values.size());
  const cv::Mat from(1, static_cast<int>(values.size()), CV_32F, const_cast<float*>(values.data()));
  cv::Mat to(1, static_cast<int>(half.size()), CV_16F, half.data());
  from.convertTo(to, CV_16F);
  return half;
}

bool finite(std::uint16_t half) {
  constexpr std::uint16_t kExponent = 0x7C00;
  return (half & kExponent) != kExponent;
}

}  // namespace

AnswerShard::AnswerShard(std::filesystem::path path, Overwrite overwrite, store::Type type,
                         const store::Dataset& records, const AnswerInfo& info, const Json& step)
    : path_(std::move(path)),
      overwrite_(overwrite),
      type_(type),
      kind_(info.kind),
      repeats_(info.repeats),
      records_(records),
      header_(store::derived_header(records, step)) {
  state(info, header_);
  if (repeats_ > 1) {
    if (header_.views == 0) header_.originals = records.header().fingerprint;
    header_.views = std::max<std::uint64_t>(header_.views, 1) * repeats_;
    header_.first *= repeats_;
  }
  header_.columns.clear();
  if (const auto* label = records.header().find(Column::kLabel)) header_.columns = {*label};
}

void AnswerShard::begin(std::size_t width) {
  width_ = width;
  header_.columns.push_back(
      kind_ == AnswerKind::kPrediction
          ? store::prediction_spec()
          : store::vector_spec(column_of(kind_), type_, static_cast<std::uint32_t>(width)));
  writer_.emplace(path_, overwrite_, header_);
}

void AnswerShard::append(const Answers& answers) {
  if (!writer_) begin(answers.width());
  if (answers.width() != width_ || answers.values.size() != answers.size() * width_)
    throw DataError(path_.string(), "cannot hold the answers: they are not of one length");
  const Column column = column_of(kind_);
  if (kind_ == AnswerKind::kPrediction) {
    std::vector<std::int32_t> classes(answers.size());
    std::transform(answers.values.begin(), answers.values.end(), classes.begin(),
                   [](float value) { return static_cast<std::int32_t>(value); });
    writer_->append(column, classes.data(), classes.size());
  } else if (type_ == store::Type::kF16) {
    const std::vector<std::uint16_t> half = to_half(answers.values);
    if (!std::all_of(half.begin(), half.end(), finite))
      throw DataError(path_.string(),
                      "cannot hold the answers: numbers too large for f16; use `dtype` f32");
    writer_->append(column, half.data(), answers.size());
  } else {
    writer_->append(column, answers.values.data(), answers.size());
  }
}

void AnswerShard::close() {
  if (!writer_) throw Error(path_.string(), "was given no answers");
  if (header_.find(Column::kLabel) != nullptr) {
    std::vector<std::int32_t> labels(records_.count());
    records_.read(Column::kLabel, records_.header().first, records_.count(), labels.data());
    for (const std::int32_t label : labels) {
      const std::vector<std::int32_t> same(repeats_, label);
      writer_->append(Column::kLabel, same.data(), same.size());
    }
  }
  writer_->close();
}

void save_predictions(const std::filesystem::path& path,
                      const std::vector<std::int32_t>& predictions,
                      const std::vector<std::string>& classes, const store::Dataset& embeddings,
                      const Json& step, Overwrite overwrite) {
  if (embeddings.shards().size() != 1)
    throw UsageError(embeddings.name(), "is several shards; write predictions for one at a time");
  AnswerInfo info = info_of(embeddings);
  if (!info.of) throw DataError(embeddings.name(), "does not say which images it answers");
  info.kind = AnswerKind::kPrediction;
  info.classes = classes;
  Answers answers;
  answers.first = embeddings.header().first;
  answers.images.resize(predictions.size());  // nobody asks which
  answers.values.assign(predictions.begin(), predictions.end());
  AnswerShard shard(path, overwrite, store::Type::kF32, embeddings, info, step);
  shard.append(answers);
  shard.close();
}

}  // namespace cs::answers
