#include "nn/head.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace cs::nn {
namespace {

TEST(Head, GivesTheLogitsOfALinearLayer) {
  const Head head{at::tensor({1.0F, 2.0F, -1.0F, 0.5F, 0.0F, 3.0F}).view({2, 3}),
                  at::tensor({0.25F, -1.0F}),
                  {"cat", "dog"}};
  const at::Tensor x = at::tensor({1.0F, 1.0F, 2.0F}).view({1, 3});
  const at::Tensor expected = at::tensor({1 + 2 - 2 + 0.25F, 0.5F + 6 - 1}).view({1, 2});
  EXPECT_TRUE(logits(head, x).equal(expected));
}

}  // namespace
}  // namespace cs::nn
