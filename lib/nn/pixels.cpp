#include "nn/pixels.hpp"

#include <ATen/ATen.h>

#include <cstddef>

#include "core/error.hpp"

namespace cs::nn {

at::Tensor normalize(const at::Tensor& pixels, const InputConfig& input, c10::Device device) {
  const at::ScalarType type = pixels.scalar_type();
  if (pixels.dim() != 4 || pixels.size(3) != 3 || (type != at::kByte && type != at::kFloat))
    throw Error("pixels", "not images, 8-bit or f32, of shape N x height x width x 3");
  // Page-locked: copies from pageable memory may wait for all that a GPU has still to do. Memory of
  // this kind goes back to LibTorch's pool only when the copy is done.
  at::Tensor constants =
      at::empty({2, 3}, at::TensorOptions(at::kFloat).pinned_memory(device.is_cuda()));
  auto* const scale = constants.data_ptr<float>();
  auto* const shift = scale + 3;
  for (std::size_t c = 0; c < 3; ++c) {
    scale[c] = static_cast<float>(1 / (255 * input.std.at(c)));
    shift[c] = static_cast<float>(-input.mean.at(c) / input.std.at(c));
  }
  constants = constants.to(device, at::kFloat, /*non_blocking=*/true);
  return pixels.to(device, type, /*non_blocking=*/true)
      .to(at::kFloat, /*non_blocking=*/false, /*copy=*/true)
      .mul_(constants[0])
      .add_(constants[1])
      .permute({0, 3, 1, 2});
}

}  // namespace cs::nn
