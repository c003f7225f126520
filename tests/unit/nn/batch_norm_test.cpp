#include "nn/batch_norm.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace cs::nn {
namespace {

/// LibTorch's batch norm with the weights of ours.
torch::nn::BatchNorm2d plain(const BatchNorm2d& norm) {
  torch::nn::BatchNorm2d other(norm->weight.size(0));
  other->weight = norm->weight;
  other->bias = norm->bias;
  return other;
}

BatchNorm2d make_norm() {
  BatchNorm2d norm(3);
  const at::NoGradGuard no_grad;
  norm->weight.copy_(at::tensor({0.5F, 1.0F, 2.0F}));
  norm->bias.copy_(at::tensor({0.1F, 0.2F, 0.3F}));
  return norm;
}

TEST(BatchNorm, IsLibTorchsUntilItIsSplit) {
  at::manual_seed(1);
  const at::Tensor images = at::randn({6, 3, 4, 4});
  BatchNorm2d ours = make_norm();
  torch::nn::BatchNorm2d theirs = plain(ours);
  EXPECT_TRUE(ours->forward(images).equal(theirs->forward(images)));
  EXPECT_TRUE(ours->running_var.equal(theirs->running_var));
  ours->eval();
  theirs->eval();
  EXPECT_TRUE(ours->forward(images).equal(theirs->forward(images)));
}

TEST(BatchNorm, TakesEachPartOfASplitBatchByItself) {
  at::manual_seed(2);
  const at::Tensor images = at::randn({7, 3, 4, 4}) * 2 + 1;
  BatchNorm2d split = make_norm();
  split->split(3);
  const at::Tensor outputs = split->forward(images);
  at::Tensor mean = at::zeros({3});
  at::Tensor variance = at::zeros({3});
  std::int64_t at = 0;
  for (const std::int64_t size : {3, 2, 2}) {
    torch::nn::BatchNorm2d alone = plain(split);
    EXPECT_TRUE(outputs.narrow(0, at, size).allclose(alone->forward(images.narrow(0, at, size))));
    mean += alone->running_mean / 3;
    variance += alone->running_var / 3;
    at += size;
  }
  EXPECT_TRUE(split->running_mean.allclose(mean));
  EXPECT_TRUE(split->running_var.allclose(variance));
  EXPECT_EQ(split->num_batches_tracked.item<std::int64_t>(), 1);
  split->split(100);  // more parts than images: one each
  EXPECT_EQ(split->forward(images).sizes(), images.sizes());
}

}  // namespace
}  // namespace cs::nn
