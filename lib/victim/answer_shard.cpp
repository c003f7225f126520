#include "victim/answer_shard.hpp"

#include <ATen/ATen.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace cs::victim {

using store::Column;

AnswerShard::AnswerShard(std::filesystem::path path, Overwrite overwrite, store::Type type,
                         const store::Dataset& images, const Victim& victim, const Json& step)
    : path_(std::move(path)),
      overwrite_(overwrite),
      type_(type),
      images_(images),
      victim_(victim.name()),
      header_(store::derived_header(images, step)) {
  header_.about = to_line({{"victim", victim.about()}});
  header_.columns.clear();
  if (const auto* label = images.header().find(Column::kLabel)) header_.columns = {*label};
  header_.of = images.header().fingerprint;
  header_.victim = victim.id();
}

void AnswerShard::append(const at::Tensor& answers) {
  if (!writer_) {
    const auto width = static_cast<std::uint32_t>(answers.size(1));
    header_.columns.push_back(store::vector_spec(Column::kEmbedding, type_, width));
    writer_.emplace(path_, overwrite_, header_);
  }
  const bool half = type_ == store::Type::kF16;
  const at::Tensor stored = half ? answers.to(at::kHalf) : answers;
  if (half && !at::isfinite(stored).all().item<bool>())
    throw DataError(victim_, "answers with numbers too large for f16; use --dtype f32");
  writer_->append(Column::kEmbedding, stored.data_ptr(), static_cast<std::size_t>(stored.size(0)));
}

void AnswerShard::close() {
  if (header_.find(Column::kLabel) != nullptr) {
    std::vector<std::int32_t> labels(images_.count());
    images_.read(Column::kLabel, images_.header().first, images_.count(), labels.data());
    writer_->append(Column::kLabel, labels.data(), labels.size());
  }
  writer_->close();
}

}  // namespace cs::victim
