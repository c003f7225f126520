/// From the pixels of images to what a network reads.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "formats/encoder_about.hpp"

namespace cs::nn {

using formats::InputConfig;

/// u8 or f32 [N, height, width, 3], values from 0 to 255, to normalized f32 [N, 3, height, width],
/// channels-last in memory, on `device`. The only place where pixels become floats. Throws Error
/// for another shape or type.
at::Tensor normalize(const at::Tensor& pixels, const InputConfig& input, c10::Device device);

}  // namespace cs::nn
