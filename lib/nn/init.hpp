/// Weights to begin a training with.
#pragma once

#include <torch/nn/module.h>

#include <cstdint>

namespace cs::nn {

/// Fills all weights as torchvision does (He normal fan-out for convolutions, ones and zeros for
/// batch norm, uniform for linear layers) from (seed, index of the parameter): the same on every
/// device, LibTorch and number of threads. Throws Error for parameters of any other kind of layer.
void initialize(torch::nn::Module& module, std::uint64_t seed);

}  // namespace cs::nn
