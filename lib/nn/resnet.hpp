/// Residual networks (He et al., CVPR 2016) as torchvision builds them, and those for CIFAR-10 of
/// its section 4.2 as most PyTorch code does: the same names, shapes and order of parameters and
/// buffers.
#pragma once

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

/// What brings a block's input to the shape of its output, where these differ.
enum class Shortcut {
  kProjection,  ///< a 1x1 convolution and batch norm (option B)
  kPadding,     ///< every other row and column, and channels of zeros (option A): no weights
};

struct ResNetShape {
  std::vector<int> blocks{};  ///< of each stage
  Block block = Block::kBasic;
  std::int64_t base = 64;  ///< channels of the stem and of the first stage's blocks
  Shortcut shortcut = Shortcut::kProjection;
};

/// What makes networks of this shape.
std::function<Encoder(const EncoderConfig&)> resnet(const ResNetShape& shape);

/// What can be frozen of them before the last stage: `stem`, `layer1`, `layer2`, ...
std::vector<std::string> resnet_stages(const ResNetShape& shape);

}  // namespace cs::nn
