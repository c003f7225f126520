#include "nn/init.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/embedding.h>

#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"
#include "nn/encoder.hpp"
#include "support/encoders.hpp"

namespace cs::nn {
namespace {

TEST(Initialize, DependsOnTheSeedAlone) {
  const Encoder one = make_encoder(test::small_config());
  const Encoder two = make_encoder(test::small_config());
  initialize(*one, 7);
  initialize(*two, 7);
  for (const auto& item : one->named_parameters())
    EXPECT_TRUE(item.value().equal(two->named_parameters()[item.key()])) << item.key();
  initialize(*two, 8);
  EXPECT_FALSE(
      one->named_parameters()["conv1.weight"].equal(two->named_parameters()["conv1.weight"]));
}

TEST(Initialize, DrawsFromTorchvisionsDistributions) {
  EncoderConfig config;
  config.width = 100;
  const Encoder encoder = make_encoder(config);
  initialize(*encoder, 3);
  const auto parameters = encoder->named_parameters();
  const at::Tensor conv = parameters["layer3.0.conv1.weight"];
  EXPECT_NEAR(conv.mean().item<double>(), 0, 1e-3);
  EXPECT_NEAR(conv.std().item<double>(), std::sqrt(2.0 / (256 * 9)), 1e-4);
  const at::Tensor fc = parameters["fc.weight"];
  const double bound = 1 / std::sqrt(512.0);
  EXPECT_LE(fc.abs().max().item<double>(), bound);
  EXPECT_NEAR(fc.std().item<double>(), bound / std::sqrt(3.0), 1e-3);
  EXPECT_LE(parameters["fc.bias"].abs().max().item<double>(), bound);
  EXPECT_TRUE(parameters["bn1.weight"].equal(at::ones({64})));
  EXPECT_TRUE(parameters["bn1.bias"].equal(at::zeros({64})));
}

TEST(Initialize, StreamsAreNumberedInTheOrderOfNamedParameters) {
  const Encoder encoder = make_encoder(test::small_config());
  initialize(*encoder, 5);
  const auto parameters = encoder->named_parameters();
  std::uint64_t index = 0;
  while (parameters[index].key() != "layer1.0.conv1.weight") ++index;
  Random random(5, Purpose::kInit, index);
  const auto expected = static_cast<float>(std::sqrt(2.0 / (32 * 9)) * random.normal());
  EXPECT_EQ(parameters[index].value().flatten()[0].item<float>(), expected);
}

TEST(Initialize, WorksForProjectorsAndResetsTheirStatistics) {
  torch::nn::Sequential projector(torch::nn::Linear(8, 4), torch::nn::BatchNorm1d(4),
                                  torch::nn::ReLU(), torch::nn::Linear(4, 2));
  projector->forward(at::ones({3, 8}));
  initialize(*projector, 1);
  EXPECT_TRUE(projector->named_buffers()["1.running_mean"].equal(at::zeros({4})));
  EXPECT_TRUE(projector->named_parameters()["1.weight"].equal(at::ones({4})));
  EXPECT_LE(projector->named_parameters()["3.bias"].abs().max().item<double>(), 0.5);
}

TEST(Initialize, RefusesLayersItHasNoRuleFor) {
  torch::nn::Sequential module(torch::nn::Embedding(3, 2));
  EXPECT_THROW(initialize(*module, 1), Error);
}

}  // namespace
}  // namespace cs::nn
