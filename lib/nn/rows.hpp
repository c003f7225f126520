/// Rows of embeddings.
#pragma once

#include <ATen/core/Tensor.h>

namespace cs::nn {

/// Every row of a matrix divided by its length (its L2 norm), so that products of rows are cosines.
/// A row of zeros stays. f16 and bf16 become f32; f32 and f64 stay.
at::Tensor unit_rows(const at::Tensor& rows);

}  // namespace cs::nn
