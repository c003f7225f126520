#include "data/tensors.hpp"

#include <ATen/ATen.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "answers/info.hpp"
#include "core/error.hpp"

namespace cs::data {
namespace {

std::int64_t signed_count(std::uint64_t n) { return static_cast<std::int64_t>(n); }

/// An uninitialized tensor. A large one asks for huge pages: the page faults of small ones would
/// take longer than reading a shard.
at::Tensor empty(at::IntArrayRef sizes, at::ScalarType type) {
  constexpr std::size_t kLarge = std::size_t{16} << 20U;
  constexpr std::size_t kPage = std::size_t{2} << 20U;
  at::Tensor tensor = at::empty(sizes, type);
#ifdef MADV_HUGEPAGE
  void* begin = tensor.data_ptr();
  std::size_t bytes = tensor.nbytes();
  if (bytes >= kLarge && std::align(kPage, kPage, begin, bytes) != nullptr)
    static_cast<void>(::madvise(begin, bytes / kPage * kPage, MADV_HUGEPAGE));  // it may be refused
#endif
  return tensor;
}

/// Whether no number of a contiguous f32 tensor has the exponent of infinities and NaNs. In one
/// pass: at::isfinite() makes three tensors of that size first.
bool all_finite(const at::Tensor& values) {
  constexpr std::uint32_t kExponent = 0x7F800000;
  const auto* value = values.data_ptr<float>();
  const std::int64_t count = values.numel();
  std::uint32_t bad = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, value + i, sizeof bits);
    bad |= static_cast<std::uint32_t>((bits & kExponent) == kExponent);
  }
  return bad == 0;
}

/// A column of class ids as i64; throws DataError with `problem` if one is not under `classes`.
at::Tensor read_classes(const store::Dataset& dataset, store::Column column, std::size_t classes,
                        const char* problem) {
  at::Tensor ids = at::empty({signed_count(dataset.count())}, at::kInt);
  dataset.read(column, dataset.header().first, dataset.count(), ids.data_ptr());
  if (ids.numel() > 0 &&
      (ids.min().item<int>() < 0 || ids.max().item<int>() >= static_cast<std::int64_t>(classes)))
    throw DataError(dataset.name(), problem);
  return ids.to(at::kLong);
}

}  // namespace

at::Tensor read_images(const store::Dataset& dataset, std::uint64_t first, std::uint64_t count) {
  const store::ColumnSpec& spec = dataset.require(store::Column::kImage);
  if (spec.encoding != store::Encoding::kRaw || spec.shape.size() != 3 || spec.shape[2] != 3)
    throw DataError(dataset.name(),
                    "its images are not raw RGB of one size; make them so with cs-sample");
  at::Tensor images =
      empty({signed_count(count), spec.shape[0], spec.shape[1], spec.shape[2]}, at::kByte);
  dataset.read(store::Column::kImage, first, count, images.data_ptr());
  return images;
}

at::Tensor read_images(const store::Dataset& dataset) {
  return read_images(dataset, dataset.header().first, dataset.count());
}

at::Tensor read_vectors(const store::Dataset& dataset, store::Column column) {
  const store::ColumnSpec& spec = dataset.require(column);
  if (spec.shape.size() != 1)
    throw DataError(dataset.name(), std::string(store::name_of(column)) + " is not of vectors");
  const bool half = spec.type == store::Type::kF16;
  at::Tensor vectors = empty({signed_count(dataset.count()), spec.shape[0]}, at::kFloat);
  at::Tensor stored = half ? empty(vectors.sizes(), at::kHalf) : vectors;
  dataset.read(column, dataset.header().first, dataset.count(), stored.data_ptr());
  if (half) vectors.copy_(stored);
  if (!all_finite(vectors))
    throw DataError(dataset.name(), "holds vectors that are not finite; query the encoder again");
  return vectors;
}

at::Tensor read_predictions(const store::Dataset& dataset, std::vector<std::string>& classes) {
  if (dataset.header().find(store::Column::kPrediction) == nullptr &&
      dataset.header().find(store::Column::kPosterior) == nullptr)
    throw DataError(dataset.name(),
                    "holds neither predictions nor posteriors; query them with a head");
  classes = answers::info_of(dataset).classes;
  if (dataset.header().find(store::Column::kPrediction) == nullptr)
    return read_vectors(dataset, store::Column::kPosterior).argmax(1);
  return read_classes(dataset, store::Column::kPrediction, classes.size(),
                      "holds predictions that are none of its classes; query again");
}

at::Tensor read_labels(const store::Dataset& dataset) {
  dataset.require(store::Column::kLabel);
  return read_classes(dataset, store::Column::kLabel, dataset.header().classes.size(),
                      "holds unlabeled records; labels are needed here");
}

}  // namespace cs::data
