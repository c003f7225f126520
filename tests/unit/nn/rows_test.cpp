#include "nn/rows.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace cs::nn {
namespace {

TEST(UnitRows, HaveLengthOneAndTheirDirection) {
  const at::Tensor rows = at::tensor({3.0F, -4.0F, 0.0F, 5.0F}).view({2, 2});
  const at::Tensor expected = at::tensor({0.6F, -0.8F, 0.0F, 1.0F}).view({2, 2});
  EXPECT_TRUE(unit_rows(rows).allclose(expected));
}

TEST(UnitRows, AreOfLengthOneHoweverShortTheRowsAre) {
  const at::Tensor rows = at::tensor({3e-8F, -4e-8F}).view({1, 2});
  EXPECT_TRUE(unit_rows(rows).allclose(at::tensor({0.6F, -0.8F}).view({1, 2})));
}

TEST(UnitRows, LeaveARowOfZeros) {
  EXPECT_TRUE(unit_rows(at::zeros({2, 3})).equal(at::zeros({2, 3})));
}

TEST(UnitRows, AreExactOfHalfPrecision) {
  const at::Tensor rows = at::tensor({300.0F, 400.0F}).view({1, 2});  // squares beyond f16
  const at::Tensor units = unit_rows(rows.to(at::kHalf));
  EXPECT_EQ(units.scalar_type(), at::kFloat);
  EXPECT_TRUE(units.allclose(at::tensor({0.6F, 0.8F}).view({1, 2})));
  EXPECT_EQ(unit_rows(rows.to(at::kDouble)).scalar_type(), at::kDouble);
}

}  // namespace
}  // namespace cs::nn
