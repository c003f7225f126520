#include "nn/resnet.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "formats/safetensors.hpp"
#include "nn/device.hpp"
#include "nn/init.hpp"
#include "nn/state.hpp"
#include "support/encoders.hpp"

namespace cs::nn {
namespace {

/// Name and shape of all 122 entries of torchvision's resnet18, in order.
State expected_resnet18() {
  State state;
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
    state.emplace_back(name, at::empty(shape));
  };
  const auto add_norm = [&](const std::string& name, std::int64_t width) {
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
      add(name + part, {width});
    add(name + ".num_batches_tracked", {});
  };
  add("conv1.weight", {64, 3, 7, 7});
  add_norm("bn1", 64);
  std::int64_t in = 64;
  for (int layer = 1; layer <= 4; ++layer)
    for (int block = 0; block < 2; ++block) {
      const std::int64_t width = 32LL << layer;
      const std::string name = "layer" + std::to_string(layer) + "." + std::to_string(block);
      add(name + ".conv1.weight", {width, in, 3, 3});
      add_norm(name + ".bn1", width);
      add(name + ".conv2.weight", {width, width, 3, 3});
      add_norm(name + ".bn2", width);
      if (in != width) {
        add(name + ".downsample.0.weight", {width, in, 1, 1});
        add_norm(name + ".downsample.1", width);
      }
      in = width;
    }
  add("fc.weight", {1000, 512});
  add("fc.bias", {1000});
  return state;
}

TEST(ResNet, Resnet18HasTorchvisionsNamesAndShapesInOrder) {
  EncoderConfig config;
  config.stem = kStems.parse("imagenet");
  config.width = 1000;
  const State expected = expected_resnet18();
  ASSERT_EQ(expected.size(), 122U);
  const State state = state_of(*make_encoder(config));
  ASSERT_EQ(state.size(), expected.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    EXPECT_EQ(state[i].first, expected[i].first);
    EXPECT_EQ(state[i].second.sizes(), expected[i].second.sizes()) << state[i].first;
  }
}

/// The number of parameters, with a linear layer of `width` outputs at the end.
std::int64_t parameters_of(const std::string& arch, const std::string& stem, std::int64_t width) {
  EncoderConfig config;
  config.arch = arch;
  config.stem = kStems.parse(stem);
  config.width = width;
  std::int64_t total = 0;
  for (const at::Tensor& parameter : make_encoder(config)->parameters()) total += parameter.numel();
  return total;
}

TEST(ResNet, NumbersOfParametersAreTorchvisions) {
  EXPECT_EQ(parameters_of("resnet18", "imagenet", 1000), 11'689'512);  // of its documentation
  EXPECT_EQ(parameters_of("resnet34", "imagenet", 1000), 21'797'672);
  EXPECT_EQ(parameters_of("resnet50", "imagenet", 1000), 25'557'032);
}

TEST(ResNet, NumbersOfParametersForCifarAreThoseOfThePaper) {
  // He et al., table 6: 0.27, 0.46, 0.66 and 0.85 million. Counted by hand: with n blocks a stage,
  // 16 -> 16, 32 and 64 channels of 3x3, two convolutions a block.
  const auto by_hand = [](std::int64_t n) {
    const auto stage = [n](std::int64_t in, std::int64_t out) {
      return 9 * (in * out + (2 * n - 1) * out * out) + 2 * n * 2 * out;
    };
    return 9 * 3 * 16 + 2 * 16 + stage(16, 16) + stage(16, 32) + stage(32, 64) + 64 * 10 + 10;
  };
  EXPECT_EQ(by_hand(3), 269'722);
  EXPECT_EQ(parameters_of("resnet20", "cifar", 10), by_hand(3));
  EXPECT_EQ(parameters_of("resnet32", "cifar", 10), by_hand(5));
  EXPECT_EQ(parameters_of("resnet44", "cifar", 10), by_hand(7));
  EXPECT_EQ(parameters_of("resnet56", "cifar", 10), by_hand(9));
}

TEST(ResNet, StemsThatDifferOnlyInPaddingAnswerDifferently) {
  EncoderConfig config = test::small_config();
  Encoder one = test::used_encoder(config);
  config.stem.padding = 2;
  const Encoder two = make_encoder(config);
  const std::string bytes = to_safetensors(state_of(*one), {});
  copy_into(state_of(*two), formats::parse_safetensors("one", bytes), "one");
  two->eval();
  EXPECT_FALSE(test::embeddings_of(two).allclose(test::embeddings_of(one)));
}

/// Leaves memory for later allocations that is full of NaN. (The first round teaches malloc to keep
/// blocks of these sizes.)
void poison_memory() {
  for (int round = 0; round < 2; ++round) {
    std::vector<at::Tensor> poison;
    for (std::int64_t size = 1 << 10; size <= 1 << 21; size *= 2)
      for (int i = 0; i < 4; ++i) poison.push_back(at::full({size}, NAN));
  }
}

/// Gradients of the convolutions of a network whose last stage works on 1 x 1 pixels.
std::vector<at::Tensor> gradients_at_16_pixels(Precision precision) {
  EncoderConfig config;
  config.arch = "resnet10";
  config.stem = kStems.parse("imagenet");
  const Encoder encoder = make_encoder(config);
  initialize(*encoder, 3);
  encoder->train();
  at::manual_seed(1);
  const Autocast autocast(at::kCPU, precision);
  const at::Tensor input = at::randn({64, 3, 16, 16}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor loss = encoder->forward(input).to(at::kFloat).sin().mean();
  poison_memory();
  loss.backward();
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& weight : encoder->parameters())
    if (weight.dim() == 4) gradients.push_back(weight.grad());
  return gradients;
}

// oneDNN's bf16 gradients of strided convolutions on 1 x 1 inputs held whatever was in memory.
TEST(ResNet, GradientsOnTinyImagesAreThoseOfF32) {
  const auto exact = gradients_at_16_pixels(Precision::kF32);
  const auto half = gradients_at_16_pixels(Precision::kBf16);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double error = (half[i] - exact[i]).norm().item<double>();
    EXPECT_LT(error, 0.3 * exact[i].norm().item<double>() + 1e-6) << "convolution " << i;
  }
}

}  // namespace
}  // namespace cs::nn
