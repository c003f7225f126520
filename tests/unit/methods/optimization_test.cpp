#include "methods/optimization.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace cs::methods {
namespace {

TEST(Words, ReadBackAsWhatTheyName) {
  for (const auto kind :
       {OptimizerKind::kSgd, OptimizerKind::kAdam, OptimizerKind::kAdamW, OptimizerKind::kLars}) {
    EXPECT_EQ(parse_optimizer(to_string(kind)), kind);
  }
  for (const auto schedule : {Schedule::kConstant, Schedule::kCosine}) {
    EXPECT_EQ(parse_schedule(to_string(schedule)), schedule);
  }
  EXPECT_THROW(parse_optimizer("Adam"), UsageError);
  EXPECT_THROW(parse_schedule(""), UsageError);
}

}  // namespace
}  // namespace cs::methods
