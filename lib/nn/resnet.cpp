#include "nn/resnet.hpp"

#include <ATen/ATen.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

#include <utility>

#include "nn/batch_norm.hpp"

namespace cs::nn {
namespace {

torch::nn::Conv2d conv(std::int64_t in, std::int64_t out, std::int64_t kernel,
                       std::int64_t stride) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

/// The layers of a shortcut; null if the input has the shape of the output already.
torch::nn::Sequential projection(std::int64_t in, std::int64_t out, std::int64_t stride) {
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

/// Every `stride`-th row and column of `input`, with channels of zeros before and behind its own:
/// `width` channels in all.
at::Tensor padded(const at::Tensor& input, std::int64_t width, std::int64_t stride) {
  const std::int64_t missing = width - input.size(1);
  if (missing == 0 && stride == 1) return input;
  const at::Tensor fewer =
      input.slice(2, 0, input.size(2), stride).slice(3, 0, input.size(3), stride);
  return at::constant_pad_nd(fewer, {0, 0, 0, 0, missing / 2, missing - missing / 2});
}

class BasicBlockImpl : public torch::nn::Module {
 public:
  BasicBlockImpl(std::int64_t in, std::int64_t width, std::int64_t stride, Shortcut shortcut);
  at::Tensor forward(const at::Tensor& input);

 private:
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr};
  BatchNorm2d bn1_{nullptr}, bn2_{nullptr};
  torch::nn::Sequential downsample_{nullptr};  ///< empty where input and output have one shape
  Shortcut shortcut_;
};
TORCH_MODULE(BasicBlock);

BasicBlockImpl::BasicBlockImpl(std::int64_t in, std::int64_t width, std::int64_t stride,
                               Shortcut shortcut)
    : shortcut_(shortcut) {
  conv1_ = register_module("conv1", conv(in, width, 3, stride));
  bn1_ = register_module("bn1", BatchNorm2d(width));
  conv2_ = register_module("conv2", conv(width, width, 3, 1));
  bn2_ = register_module("bn2", BatchNorm2d(width));
  if (shortcut == Shortcut::kProjection) downsample_ = projection(in, width, stride);
  if (!downsample_.is_empty()) register_module("downsample", downsample_);
}

at::Tensor BasicBlockImpl::forward(const at::Tensor& input) {
  auto x = bn1_(convolve(*conv1_, input)).relu_();
  x = bn2_(convolve(*conv2_, x));
  if (shortcut_ == Shortcut::kPadding)
    return x.add_(padded(input, x.size(1), conv1_->options.stride()->at(0))).relu_();
  return x.add_(shortcut_of(input, downsample_)).relu_();
}

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

BottleneckImpl::BottleneckImpl(std::int64_t in, std::int64_t width, std::int64_t stride) {
  const std::int64_t out = width * 4;
  conv1_ = register_module("conv1", conv(in, width, 1, 1));
  bn1_ = register_module("bn1", BatchNorm2d(width));
  conv2_ = register_module("conv2", conv(width, width, 3, stride));
  bn2_ = register_module("bn2", BatchNorm2d(width));
  conv3_ = register_module("conv3", conv(width, out, 1, 1));
  bn3_ = register_module("bn3", BatchNorm2d(out));
  downsample_ = projection(in, out, stride);
  if (!downsample_.is_empty()) register_module("downsample", downsample_);
}

at::Tensor BottleneckImpl::forward(const at::Tensor& input) {
  auto x = bn1_(conv1_(input)).relu_();
  x = bn2_(convolve(*conv2_, x)).relu_();
  x = bn3_(conv3_(x));
  return x.add_(shortcut_of(input, downsample_)).relu_();
}

std::int64_t expansion(Block block) { return block == Block::kBottleneck ? 4 : 1; }

/// Stage 0 or a later one, whose first block halves the resolution.
torch::nn::Sequential make_stage(const ResNetShape& shape, std::size_t stage) {
  const std::int64_t width = shape.base << stage;
  std::int64_t in = stage == 0 ? shape.base : width / 2 * expansion(shape.block);
  torch::nn::Sequential blocks;
  for (int i = 0; i < shape.blocks.at(stage); ++i) {
    const std::int64_t stride = i == 0 && stage > 0 ? 2 : 1;
    if (shape.block == Block::kBottleneck)
      blocks->push_back(Bottleneck(in, width, stride));
    else
      blocks->push_back(BasicBlock(in, width, stride, shape.shortcut));
    in = width * expansion(shape.block);
  }
  return blocks;
}

/// Stem, stages of blocks, and the mean over all pixels.
class ResNet : public EncoderImpl {
 public:
  ResNet(const ResNetShape& shape, const EncoderConfig& config) : EncoderImpl(config) {
    const Stem& stem = config.stem;
    conv1_ = register_module("conv1",
                             torch::nn::Conv2d(torch::nn::Conv2dOptions(3, shape.base, stem.kernel)
                                                   .stride(stem.stride)
                                                   .padding(stem.padding)
                                                   .bias(false)));
    bn1_ = register_module("bn1", BatchNorm2d(shape.base));
    for (std::size_t i = 0; i < shape.blocks.size(); ++i)
      layers_.emplace_back(register_module("layer" + std::to_string(i + 1), make_stage(shape, i)));
  }

 private:
  at::Tensor features(const at::Tensor& images) override {
    at::Tensor x = bn1_(conv1_(images)).relu_();
    if (config().stem.pool) x = at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
    for (torch::nn::Sequential& layer : layers_) x = layer->forward(x);
    return x.to(at::kFloat).mean(at::IntArrayRef{2, 3});
  }

  std::vector<Modules> stages() const override {
    std::vector<Modules> all{{conv1_.ptr(), bn1_.ptr()}};
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i) all.push_back({layers_[i].ptr()});
    return all;
  }

  torch::nn::Conv2d conv1_{nullptr};
  BatchNorm2d bn1_{nullptr};
  std::vector<torch::nn::Sequential> layers_;
};

}  // namespace

std::function<Encoder(const EncoderConfig&)> resnet(const ResNetShape& shape) {
  return [shape](const EncoderConfig& config) { return std::make_shared<ResNet>(shape, config); };
}

std::vector<std::string> resnet_stages(const ResNetShape& shape) {
  std::vector<std::string> names{"stem"};
  for (std::size_t i = 1; i < shape.blocks.size(); ++i)
    names.push_back("layer" + std::to_string(i));
  return names;
}

}  // namespace cs::nn
