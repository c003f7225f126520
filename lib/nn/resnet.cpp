#include "nn/resnet.hpp"

#include <ATen/ATen.h>

#include <algorithm>

namespace cs::nn {
namespace {

torch::nn::Conv2d conv(std::int64_t in, std::int64_t out, std::int64_t kernel,
                       std::int64_t stride) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

/// What brings a block's input to the shape of its output; null if it has it already.
torch::nn::Sequential shortcut(std::int64_t in, std::int64_t out, std::int64_t stride) {
  if (in == out && stride == 1) return nullptr;
  return torch::nn::Sequential(conv(in, out, 1, stride), BatchNorm2d(out));
}

/// conv(input). On a 1 x 1 input only the kernel's center meets a pixel, and a stride changes
/// nothing: the same numbers for a ninth of the work. (And oneDNN 2.6's bf16 gradients for strided
/// 3 x 3 kernels on 1 x 1 inputs contain memory that it never wrote.)
at::Tensor convolve(const torch::nn::Conv2dImpl& conv, const at::Tensor& input) {
  const std::int64_t padding = conv.weight.size(2) / 2;
  if (input.size(2) == 1 && input.size(3) == 1)
    return at::conv2d(input, conv.weight.narrow(2, padding, 1).narrow(3, padding, 1));
  const std::int64_t stride = conv.options.stride()->at(0);
  return at::conv2d(input, conv.weight, {}, {stride, stride}, {padding, padding});
}

at::Tensor shortcut_of(const at::Tensor& input, torch::nn::Sequential& downsample) {
  if (downsample.is_empty()) return input;
  return downsample->ptr(1)->as<BatchNorm2d>()->forward(
      convolve(*downsample->ptr(0)->as<torch::nn::Conv2d>(), input));
}

}  // namespace

const std::vector<ResNet>& resnets() {
  static const std::vector<ResNet> all{
      {"resnet10", false, {1, 1, 1, 1}, 32},
      {"resnet18", false, {2, 2, 2, 2}, 64},
      {"resnet34", false, {3, 4, 6, 3}, 64},
      {"resnet50", true, {3, 4, 6, 3}, 64},
  };
  return all;
}

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

BasicBlockImpl::BasicBlockImpl(std::int64_t in, std::int64_t width, std::int64_t stride) {
  conv1_ = register_module("conv1", conv(in, width, 3, stride));
  bn1_ = register_module("bn1", BatchNorm2d(width));
  conv2_ = register_module("conv2", conv(width, width, 3, 1));
  bn2_ = register_module("bn2", BatchNorm2d(width));
  downsample_ = shortcut(in, width, stride);
  if (!downsample_.is_empty()) register_module("downsample", downsample_);
}

at::Tensor BasicBlockImpl::forward(const at::Tensor& input) {
  auto x = bn1_(convolve(*conv1_, input)).relu_();
  x = bn2_(convolve(*conv2_, x));
  return x.add_(shortcut_of(input, downsample_)).relu_();
}

BottleneckImpl::BottleneckImpl(std::int64_t in, std::int64_t width, std::int64_t stride) {
  const std::int64_t out = width * 4;
  conv1_ = register_module("conv1", conv(in, width, 1, 1));
  bn1_ = register_module("bn1", BatchNorm2d(width));
  conv2_ = register_module("conv2", conv(width, width, 3, stride));
  bn2_ = register_module("bn2", BatchNorm2d(width));
  conv3_ = register_module("conv3", conv(width, out, 1, 1));
  bn3_ = register_module("bn3", BatchNorm2d(out));
  downsample_ = shortcut(in, out, stride);
  if (!downsample_.is_empty()) register_module("downsample", downsample_);
}

at::Tensor BottleneckImpl::forward(const at::Tensor& input) {
  auto x = bn1_(conv1_(input)).relu_();
  x = bn2_(convolve(*conv2_, x)).relu_();
  x = bn3_(conv3_(x));
  return x.add_(shortcut_of(input, downsample_)).relu_();
}

torch::nn::Sequential make_stage(const ResNet& arch, std::size_t stage) {
  const std::int64_t width = arch.base << stage;
  std::int64_t in = stage == 0 ? arch.base : width / 2 * arch.expansion();
  torch::nn::Sequential blocks;
  for (int i = 0; i < arch.blocks.at(stage); ++i) {
    const std::int64_t stride = i == 0 && stage > 0 ? 2 : 1;
    if (arch.bottleneck)
      blocks->push_back(Bottleneck(in, width, stride));
    else
      blocks->push_back(BasicBlock(in, width, stride));
    in = width * arch.expansion();
  }
  return blocks;
}

}  // namespace cs::nn
