/// Columns of a dataset as tensors on the CPU, whole or a range of records at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "store/dataset.hpp"

namespace cs::data {

/// Raw images u8 [count, height, width, 3] (RGB) of the ids `first` .. `first + count - 1`; throws
/// DataError if the dataset holds none.
at::Tensor read_images(const store::Dataset& dataset, std::uint64_t first, std::uint64_t count);

/// All images of the dataset.
at::Tensor read_images(const store::Dataset& dataset);

/// All vectors of a column, f32 [count, width], whether stored as f32 or f16; throws DataError if
/// one is not finite.
at::Tensor read_vectors(const store::Dataset& dataset, store::Column column);

/// All predictions, i64 [count]: the column `prediction`, else the largest entry of each posterior.
/// `classes` become the names of what they tell apart. Throws DataError if the dataset holds
/// neither column, or a prediction is no class.
at::Tensor read_predictions(const store::Dataset& dataset, std::vector<std::string>& classes);

/// All labels, i64 [count]; throws DataError if there are none, or one is not a class.
at::Tensor read_labels(const store::Dataset& dataset);

}  // namespace cs::data
