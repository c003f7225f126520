/// Batch normalization of images, of whole batches or of parts of them.
#pragma once

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

namespace cs::nn {

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

}  // namespace cs::nn
