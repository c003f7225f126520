/// Residual blocks and the table of architectures (He et al., CVPR 2016), as torchvision builds
/// them: the same names, shapes and order of parameters and buffers.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace cs::nn {

struct ResNet {
  std::string name;
  bool bottleneck = false;      ///< blocks of three convolutions instead of two
  std::array<int, 4> blocks{};  ///< per stage
  std::int64_t base = 64;       ///< channels of the stem and the first stage

  std::int64_t expansion() const { return bottleneck ? 4 : 1; }
  std::int64_t features() const { return base * 8 * expansion(); }
};

/// All architectures, smallest first.
const std::vector<ResNet>& resnets();

/// torch::nn::BatchNorm2d that can take the statistics of parts of a batch, as if each were a batch
/// on a device of its own; running statistics follow the mean of the parts' (what MoCo's one-device
/// implementations call split batch norm). In evaluation mode it makes no difference.
class BatchNorm2dImpl
    : public torch::nn::NormImplBase<2, BatchNorm2dImpl, torch::nn::BatchNormOptions> {
 public:
  explicit BatchNorm2dImpl(std::int64_t channels);
  void split(std::int64_t parts) { parts_ = parts; }
  at::Tensor forward(const at::Tensor& input);  ///< [N, channels, H, W]

 private:
  void _check_input_dim(const at::Tensor& input) override;

  std::int64_t parts_ = 1;
};
TORCH_MODULE(BatchNorm2d);

/// Two 3x3 convolutions and a shortcut.
class BasicBlockImpl : public torch::nn::Module {
 public:
  BasicBlockImpl(std::int64_t in, std::int64_t width, std::int64_t stride);
  at::Tensor forward(const at::Tensor& input);

 private:
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr};
  BatchNorm2d bn1_{nullptr}, bn2_{nullptr};
  torch::nn::Sequential downsample_{nullptr};  ///< empty where input and output have one shape
};
TORCH_MODULE(BasicBlock);

/// 1x1, 3x3 (which has the stride), and 1x1 to four times the width, and a shortcut.
class BottleneckImpl : public torch::nn::Module {
 public:
  BottleneckImpl(std::int64_t in, std::int64_t width, std::int64_t stride);
  at::Tensor forward(const at::Tensor& input);

 private:
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr}, conv3_{nullptr};
  BatchNorm2d bn1_{nullptr}, bn2_{nullptr}, bn3_{nullptr};
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(Bottleneck);

/// Stage 0 to 3 of `arch`; the first block of stages 1 to 3 halves the resolution.
torch::nn::Sequential make_stage(const ResNet& arch, std::size_t stage);

}  // namespace cs::nn
