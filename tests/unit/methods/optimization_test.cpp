#include "methods/optimization.hpp"

#include <gtest/gtest.h>

namespace cs::methods {
namespace {

TEST(Optimization, HasTheWordsOfItsPage) {
  EXPECT_EQ(kOptimizers.choices(), "sgd|adam|adamw|lars");
  EXPECT_EQ(kOptimizers.parse("adamw"), OptimizerKind::kAdamW);
  EXPECT_EQ(kSchedules.choices(), "constant|cosine");
  EXPECT_EQ(kSchedules.parse("cosine"), Schedule::kCosine);
}

}  // namespace
}  // namespace cs::methods
