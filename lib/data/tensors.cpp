#include "data/tensors.hpp"

#include <ATen/ATen.h>

#include <opencv2/core.hpp>

#include "augment/operations.hpp"
#include "core/error.hpp"

namespace cs::data {
namespace {

std::int64_t signed_count(std::uint64_t n) { return static_cast<std::int64_t>(n); }

}  // namespace

at::Tensor read_images(const store::Dataset& dataset, std::uint64_t first, std::uint64_t count) {
  const store::ColumnSpec& spec = dataset.require(store::Column::kImage);
  if (spec.encoding != store::Encoding::kRaw || spec.shape.size() != 3 || spec.shape[2] != 3)
    throw DataError(dataset.name(),
                    "its images are not raw RGB of one size; pass cs-sample --size");
  at::Tensor images =
      at::empty({signed_count(count), spec.shape[0], spec.shape[1], spec.shape[2]}, at::kByte);
  dataset.read(store::Column::kImage, first, count, images.data_ptr());
  return images;
}

at::Tensor read_images(const store::Dataset& dataset) {
  return read_images(dataset, dataset.header().first, dataset.count());
}

at::Tensor resize_images(const at::Tensor& images, std::int64_t size) {
  if (images.size(1) == size && images.size(2) == size) return images;
  at::Tensor out = at::empty({images.size(0), size, size, 3}, at::kByte);
  const cv::Size target(static_cast<int>(size), static_cast<int>(size));
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const cv::Mat from(static_cast<int>(images.size(1)), static_cast<int>(images.size(2)), CV_8UC3,
                       images[i].data_ptr());
    cv::Mat to(target, CV_8UC3, out[i].data_ptr());
    augment::resize(from, target).copyTo(to);
  }
  return out;
}

at::Tensor read_vectors(const store::Dataset& dataset, store::Column column) {
  const store::ColumnSpec& spec = dataset.require(column);
  if (spec.shape.size() != 1)
    throw DataError(dataset.name(), std::string(store::name_of(column)) + " is not of vectors");
  const bool half = spec.type == store::Type::kF16;
  at::Tensor vectors =
      at::empty({signed_count(dataset.count()), spec.shape[0]}, half ? at::kHalf : at::kFloat);
  dataset.read(column, dataset.header().first, dataset.count(), vectors.data_ptr());
  vectors = vectors.to(at::kFloat);
  if (!at::isfinite(vectors).all().item<bool>())
    throw DataError(dataset.name(), "holds vectors that are not finite; query the encoder again");
  return vectors;
}

at::Tensor read_labels(const store::Dataset& dataset) {
  dataset.require(store::Column::kLabel);
  at::Tensor labels = at::empty({signed_count(dataset.count())}, at::kInt);
  dataset.read(store::Column::kLabel, dataset.header().first, dataset.count(), labels.data_ptr());
  const auto classes = static_cast<std::int64_t>(dataset.header().classes.size());
  if (labels.numel() > 0 && (labels.min().item<int>() < 0 || labels.max().item<int>() >= classes))
    throw DataError(dataset.name(), "holds unlabeled records; labels are needed here");
  return labels.to(at::kLong);
}

}  // namespace cs::data
