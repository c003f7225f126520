#include "methods/momentum_encoder.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "nn/init.hpp"

namespace cs::methods {
namespace {

TEST(MomentumEncoder, KeepsTheStatisticsOfLayersThatAreFrozen) {
  at::manual_seed(3);
  nn::EncoderConfig config;
  config.arch = "resnet10";
  const nn::Encoder encoder = nn::make_encoder(config);
  nn::initialize(*encoder, 1);
  encoder->freeze("stem");
  const Widths widths{16};
  torch::nn::Sequential projector = uninitialized_mlp(encoder->config().width, widths, Norm::kNone);
  nn::initialize(*projector, 2);
  MomentumEncoder follower(encoder, projector, widths, Norm::kNone, "stem");
  follower->train();
  follower->project(at::randn({8, 3, 16, 16}) + 1);
  const auto statistics = follower->named_buffers();
  EXPECT_EQ(statistics["encoder.bn1.running_mean"].abs().max().item<float>(), 0);
  EXPECT_GT(statistics["encoder.layer1.0.bn1.running_mean"].abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace cs::methods
