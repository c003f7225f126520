#include "nn/encoder.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "nn/architectures.hpp"
#include "nn/init.hpp"
#include "nn/state.hpp"
#include "support/encoders.hpp"
#include "support/thrown.hpp"

namespace cs::nn {
namespace {

TEST(Encoder, EmbeddingsHaveTheArchitecturesWidth) {
  const at::NoGradGuard no_grad;
  const std::vector<std::pair<std::string, std::int64_t>> widths{
      {"resnet10", 256}, {"resnet18", 512}, {"resnet34", 512}, {"resnet50", 2048},
      {"resnet20", 64},  {"resnet32", 64},  {"resnet44", 64},  {"resnet56", 64}};
  std::vector<std::string> names;
  for (const auto& [arch, width] : widths) {
    EncoderConfig config;
    config.arch = arch;
    const Encoder encoder = make_encoder(config);
    encoder->eval();
    EXPECT_EQ(find_architecture(arch).features, width);
    EXPECT_EQ(encoder->config().width, width);
    EXPECT_EQ(encoder->forward(at::zeros({2, 3, 32, 32})).sizes(), (at::IntArrayRef{2, width}));
    names.push_back(arch);
  }
  EXPECT_EQ(arch_names(), names);
}

TEST(Encoder, TakesNoImagesSmallerThanItsKernel) {
  EncoderConfig config;
  config.arch = "resnet10";
  config.stem = parse_stem("15,1,2");
  config.input.size = 11;
  EXPECT_NO_THROW(make_encoder(config));
  config.input.size = 10;
  EXPECT_THROW(make_encoder(config), UsageError);
}

TEST(Encoder, AnotherWidthAddsALinearLayer) {
  EncoderConfig config = test::small_config();
  config.width = 40;
  const Encoder encoder = make_encoder(config);
  EXPECT_EQ(encoder->forward(at::zeros({2, 3, 16, 16})).sizes(), (at::IntArrayRef{2, 40}));
  EXPECT_TRUE(encoder->named_parameters().contains("fc.weight"));
}

TEST(Encoder, AnUnknownArchitectureIsAUsageErrorThatNamesTheKnown) {
  EXPECT_EQ(
      test::thrown<UsageError>([] { find_architecture("vgg"); }),
      "vgg: no such architecture; there are resnet10, resnet18, resnet34, resnet50, resnet20, "
      "resnet32, resnet44, resnet56");
}

TEST(Encoder, FrozenLayersKeepWeightsAndStatistics) {
  const Encoder encoder = make_encoder({"resnet10", {}, 0, false, {}});
  initialize(*encoder, 1);
  encoder->freeze("layer1");
  encoder->train();
  const auto frozen = [](const std::string& name) {
    return name.rfind("conv1", 0) == 0 || name.rfind("bn1", 0) == 0 || name.rfind("layer1", 0) == 0;
  };
  const State before = state_of(*encoder);
  std::vector<at::Tensor> copies;
  for (const auto& [name, tensor] : before) copies.push_back(tensor.detach().clone());
  encoder->forward(at::randn({4, 3, 16, 16}));
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i].first.find("running_mean") != std::string::npos) {
      EXPECT_EQ(before[i].second.equal(copies[i]), frozen(before[i].first)) << before[i].first;
    }
  for (const auto& item : encoder->named_parameters())
    EXPECT_EQ(item.value().requires_grad(), !frozen(item.key())) << item.key();
  EXPECT_THROW(encoder->freeze("layer4"), UsageError);
}

TEST(Encoder, FoldsALinearLayerIntoItsOwn) {
  at::manual_seed(4);
  const at::Tensor weight_of_256 = at::randn({256, 256}) / 16;
  const at::Tensor images = at::randn({3, 3, 16, 16});
  for (const std::int64_t width : {0, 20}) {
    const Encoder encoder = make_encoder({"resnet10", {}, width, false, {}});
    initialize(*encoder, 1);
    encoder->eval();
    const at::Tensor weight = width == 0 ? weight_of_256 : at::randn({30, 20});
    const at::Tensor bias = at::randn({weight.size(0)});
    Encoder folded = with_linear(encoder, weight, bias);
    folded->eval();
    EXPECT_EQ(folded->config().width, weight.size(0));
    EXPECT_TRUE(folded->config().linear);  // although 256 is the architecture's own width
    const at::Tensor expected = at::linear(encoder->forward(images), weight, bias);
    EXPECT_TRUE(folded->forward(images).allclose(expected, 1e-4, 1e-4));
  }
}

TEST(Encoder, ConvolutionWeightsAreChannelsLast) {
  const Encoder encoder = make_encoder(test::small_config());
  for (const at::Tensor& weight : encoder->parameters())
    EXPECT_TRUE(weight.dim() != 4 || weight.is_contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace cs::nn
