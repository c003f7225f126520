#include "nn/batch_norm.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

namespace cs::nn {

BatchNorm2dImpl::BatchNorm2dImpl(std::int64_t channels)
    : NormImplBase(torch::nn::BatchNormOptions(channels)) {}

void BatchNorm2dImpl::_check_input_dim(const at::Tensor& input) {
  TORCH_CHECK(input.dim() == 4, "batch norm of images takes 4 dimensions, not ", input.dim());
}

at::Tensor BatchNorm2dImpl::forward(const at::Tensor& input) {
  _check_input_dim(input);
  const bool training = is_training();
  const auto normalize = [&](const at::Tensor& part, const at::Tensor& mean,
                             const at::Tensor& var) {
    return at::batch_norm(part, weight, bias, mean, var, training, *options.momentum(),
                          options.eps(), at::globalContext().userEnabledCuDNN());
  };
  if (training) num_batches_tracked.add_(1);
  const std::int64_t parts = std::min(parts_, input.size(0));
  if (parts == 1 || !training) return normalize(input, running_mean, running_var);
  std::vector<at::Tensor> normalized;
  std::vector<at::Tensor> means;
  std::vector<at::Tensor> variances;
  for (const at::Tensor& part : input.tensor_split(parts)) {
    means.push_back(running_mean.clone());
    variances.push_back(running_var.clone());
    normalized.push_back(normalize(part, means.back(), variances.back()));
  }
  running_mean.copy_(at::stack(means).mean(0));
  running_var.copy_(at::stack(variances).mean(0));
  return at::cat(normalized);
}

}  // namespace cs::nn
