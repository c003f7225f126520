#include "learn/optimizer.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"

namespace cs::learn {
namespace {

/// One number, its gradient set by hand.
at::Tensor parameter(double start) { return at::full({1}, start, at::kDouble).requires_grad_(); }

void step(Optimizer& optimizer, at::Tensor& w, double gradient) {
  optimizer.clear_gradients();
  EXPECT_FALSE(w.grad().defined());
  (w * gradient).sum().backward();
  optimizer.step();
}

TEST(Optimizer, TakesStepsOfSgdWithMomentumAndWeightDecay) {
  auto w = parameter(2);
  Optimizer optimizer({w}, {OptimizerKind::kSgd, 0.1, 0.9, 0.01});
  double expected = 2;
  double velocity = 0;
  for (const double gradient : {1.0, -0.5, 3.0}) {
    step(optimizer, w, gradient);
    velocity = 0.9 * velocity + gradient + 0.01 * expected;
    expected -= 0.1 * velocity;
    EXPECT_NEAR(w.item<double>(), expected, 1e-12);
  }
}

TEST(Optimizer, TakesStepsOfAdam) {
  auto w = parameter(2);
  Optimizer optimizer({w}, {OptimizerKind::kAdam, 1e-2, 0, 0.1});
  double expected = 2;
  double m = 0;
  double v = 0;
  int t = 0;
  for (const double gradient : {1.0, -0.5, 3.0}) {
    step(optimizer, w, gradient);
    const double g = gradient + 0.1 * expected;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    ++t;
    expected -=
        1e-2 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
    EXPECT_NEAR(w.item<double>(), expected, 1e-12);
  }
}

TEST(Optimizer, UsesTheLearningRateSetLast) {
  auto w = parameter(1);
  Optimizer optimizer({w}, {OptimizerKind::kSgd, 0.1, 0, 0});
  optimizer.set_lr(0.5);
  step(optimizer, w, 1);
  EXPECT_NEAR(w.item<double>(), 0.5, 1e-12);
}

TEST(Optimizer, RefusesNonsense) {
  EXPECT_THROW(Optimizer({parameter(1)}, {OptimizerKind::kSgd, 0, 0.9, 0}), UsageError);
  EXPECT_THROW(Optimizer({parameter(1)}, {OptimizerKind::kSgd, 0.1, 1, 0}), UsageError);
  EXPECT_THROW(Optimizer({parameter(1)}, {OptimizerKind::kAdam, 0.1, 0, -1}), UsageError);
}

TEST(Schedule, FallsFromOneAlongHalfACosine) {
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::kCosine, 0, 100, 0), 1);
  EXPECT_NEAR(schedule_factor(Schedule::kCosine, 50, 100, 0), 0.5, 1e-12);
  EXPECT_NEAR(schedule_factor(Schedule::kCosine, 99, 100, 0), 2.467e-4, 1e-6);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::kConstant, 99, 100, 0), 1);
}

TEST(Schedule, GrowsLinearlyWhileWarmingUp) {
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::kCosine, 0, 100, 10), 0.1);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::kCosine, 9, 100, 10), 1);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::kCosine, 10, 100, 10), 1);
  EXPECT_NEAR(schedule_factor(Schedule::kCosine, 55, 100, 10), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::kConstant, 4, 100, 10), 0.5);
}

TEST(Words, ReadBackAsWhatTheyName) {
  for (const auto kind : {OptimizerKind::kSgd, OptimizerKind::kAdam}) {
    EXPECT_EQ(parse_optimizer(to_string(kind)), kind);
  }
  for (const auto schedule : {Schedule::kConstant, Schedule::kCosine}) {
    EXPECT_EQ(parse_schedule(to_string(schedule)), schedule);
  }
  EXPECT_THROW(parse_optimizer("Adam"), UsageError);
  EXPECT_THROW(parse_schedule(""), UsageError);
}

}  // namespace
}  // namespace cs::learn
