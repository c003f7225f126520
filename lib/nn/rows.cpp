#include "nn/rows.hpp"

#include <ATen/ATen.h>

namespace cs::nn {

at::Tensor unit_rows(const at::Tensor& rows) {
  const at::Tensor exact = rows.to(at::promote_types(rows.scalar_type(), at::kFloat));
  return exact / exact.norm(2, /*dim=*/1, /*keepdim=*/true).clamp_min(1e-12);
}

}  // namespace cs::nn
