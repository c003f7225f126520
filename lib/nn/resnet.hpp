/// Residual networks (He et al., CVPR 2016) as torchvision builds them: the same names, shapes and
/// order of parameters and buffers.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/encoder.hpp"

namespace cs::nn {

enum class Block {
  kBasic,       ///< two 3x3 convolutions and a shortcut
  kBottleneck,  ///< 1x1, 3x3 (which has the stride), 1x1 to four times the width, and a shortcut
};

struct ResNetShape {
  std::array<int, 4> blocks{};  ///< of each stage
  Block block = Block::kBasic;
  std::int64_t base = 64;  ///< channels of the stem and of the first stage's blocks
};

/// What makes networks of this shape.
std::function<Encoder(const EncoderConfig&)> resnet(const ResNetShape& shape);

/// The stages of all of them that can be frozen: `stem`, `layer1`, `layer2`, `layer3`.
std::vector<std::string> resnet_stages();

}  // namespace cs::nn
