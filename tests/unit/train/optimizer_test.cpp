#include "train/optimizer.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace cs::train {
namespace {

/// One number, its gradient set by hand.
at::Tensor parameter(double start) { return at::full({1}, start, at::kDouble).requires_grad_(); }

void step(Optimizer& optimizer, at::Tensor& w, double gradient) {
  optimizer.clear_gradients();
  EXPECT_FALSE(w.grad().defined());
  (w * gradient).sum().backward();
  optimizer.step();
}

/// A parameter whose gradient is set too.
at::Tensor parameter(const at::Tensor& start, const at::Tensor& gradient) {
  at::Tensor w = start.clone().requires_grad_();
  w.mutable_grad() = gradient;
  return w;
}

at::Tensor row(std::vector<double> values) {
  return at::tensor(at::ArrayRef<double>(values), at::kDouble).unsqueeze(0);
}

void expect_near(const at::Tensor& actual, const at::Tensor& expected, double tolerance = 1e-12) {
  EXPECT_LE((actual - expected).abs().max().item<double>(), tolerance)
      << actual << "\nwas to be " << expected;
}

TEST(Optimizer, TakesStepsOfSgdWithMomentumAndWeightDecay) {
  auto w = parameter(2);
  Optimizer optimizer({w}, {methods::OptimizerKind::kSgd, 0.1, 0.9, 0.01});
  double expected = 2;
  double velocity = 0;
  for (const double gradient : {1.0, -0.5, 3.0}) {
    step(optimizer, w, gradient);
    velocity = 0.9 * velocity + gradient + 0.01 * expected;
    expected -= 0.1 * velocity;
    EXPECT_NEAR(w.item<double>(), expected, 1e-12);
  }
}

/// What Adam takes off a weight, at 1e-2, for one gradient after another.
class AdamByHand {
 public:
  double change(double g) {
    m_ = 0.9 * m_ + 0.1 * g;
    v_ = 0.999 * v_ + 0.001 * g * g;
    ++t_;
    return 1e-2 * (m_ / (1 - std::pow(0.9, t_))) /
           (std::sqrt(v_ / (1 - std::pow(0.999, t_))) + 1e-8);
  }

 private:
  double m_ = 0;
  double v_ = 0;
  int t_ = 0;
};

TEST(Optimizer, TakesStepsOfAdam) {
  auto w = parameter(2);
  Optimizer optimizer({w}, {methods::OptimizerKind::kAdam, 1e-2, 0, 0.1});
  AdamByHand adam;
  double expected = 2;
  for (const double gradient : {1.0, -0.5, 3.0}) {
    step(optimizer, w, gradient);
    expected -= adam.change(gradient + 0.1 * expected);
    EXPECT_NEAR(w.item<double>(), expected, 1e-12);
  }
}

TEST(Optimizer, DecaysWeightsApartFromTheGradientInAdamW) {
  auto w = parameter(2);
  Optimizer optimizer({w}, {methods::OptimizerKind::kAdamW, 1e-2, 0, 0.1});
  AdamByHand adam;
  double expected = 2;
  for (const double gradient : {1.0, -0.5, 3.0}) {
    step(optimizer, w, gradient);
    expected *= 1 - 1e-2 * 0.1;
    expected -= adam.change(gradient);
    EXPECT_NEAR(w.item<double>(), expected, 1e-12);
  }
}

TEST(Lars, ScalesGradientAndDecayByTheRatioOfNorms) {
  // |w| = 5, |g| = 1: the rate is 0.02 * 5 / (1 + 0.1 * 5 + 1e-8) = 0.0666..., of lr 0.5.
  const double rate = 0.1 / (1.5 + 1e-8) / 0.5;
  const at::Tensor w = parameter(row({3, 4}), row({0.6, -0.8}));
  Optimizer optimizer({w}, {methods::OptimizerKind::kLars, 0.5, 0.9, 0.1});
  optimizer.step();
  at::Tensor velocity = row({0.6 + 0.1 * 3, -0.8 + 0.1 * 4}) * rate;
  at::Tensor expected = row({3, 4}) - 0.5 * velocity;
  expect_near(w, expected);

  w.mutable_grad() = row({0, 2});
  optimizer.step();
  const double second = 0.02 * expected.norm().item<double>() /
                        (2 + 0.1 * expected.norm().item<double>() + 1e-8) / 0.5;
  velocity = 0.9 * velocity + (row({0, 2}) + 0.1 * expected) * second;
  expected = expected - 0.5 * velocity;
  expect_near(w, expected);
}

TEST(Lars, NeverScalesAGradientUp) {
  const at::Tensor w = parameter(row({3, 4}), row({0.6, -0.8}));
  Optimizer optimizer({w}, {methods::OptimizerKind::kLars, 0.01, 0, 0.1});
  optimizer.step();  // 0.0666... / 0.01 is more than 1
  expect_near(w, row({3, 4}) - 0.01 * row({0.9, -0.4}));
}

TEST(Lars, LeavesBiasesAndNormsToPlainSgd) {
  const at::Tensor bias = parameter(row({3, 4}).squeeze(0), row({0.6, -0.8}).squeeze(0));
  const at::Tensor kernel = parameter(row({3, 4}), row({0.6, -0.8}));
  Optimizer optimizer({bias, kernel}, {methods::OptimizerKind::kLars, 0.5, 0.9, 0.1});
  optimizer.step();
  expect_near(bias, (row({3, 4}) - 0.5 * row({0.6, -0.8})).squeeze(0));
  expect_near(kernel, row({3, 4}) - 0.1 / (1.5 + 1e-8) * row({0.9, -0.4}));
}

TEST(Lars, NeitherScalesNorDecaysWhereANormIsZero) {
  const at::Tensor still = parameter(row({3, 4}), row({0, 0}));
  const at::Tensor zero = parameter(row({0, 0}), row({0.6, -0.8}));
  Optimizer optimizer({still, zero}, {methods::OptimizerKind::kLars, 0.5, 0.9, 0.1});
  optimizer.step();
  expect_near(still, row({3, 4}));
  expect_near(zero, row({-0.3, 0.4}));
}

TEST(Clip, ScalesAllGradientsByTheirCommonNorm) {
  const at::Tensor a = parameter(row({1, 1}), row({3, 0}));
  const at::Tensor b = parameter(row({1}), row({-4}));
  Optimizer optimizer({a, b}, {methods::OptimizerKind::kSgd, 0.1, 0, 0.5, 2});
  optimizer.step();
  const double scale = 2 / (5 + 1e-6);
  expect_near(a, row({1 - 0.1 * (3 * scale + 0.5), 1 - 0.1 * 0.5}));
  expect_near(b, row({1 - 0.1 * (-4 * scale + 0.5)}));
}

TEST(Clip, LeavesSmallGradientsAlone) {
  const at::Tensor a = parameter(row({1, 1}), row({3, 4}));
  Optimizer optimizer({a}, {methods::OptimizerKind::kSgd, 0.1, 0, 0, 6});
  optimizer.step();
  expect_near(a, row({0.7, 0.6}));
}

TEST(Clip, ComesBeforeTheMomentsOfAdam) {
  const at::Tensor w = parameter(row({2}), row({3}));
  Optimizer optimizer({w}, {methods::OptimizerKind::kAdam, 1e-2, 0, 0.1, 1});
  optimizer.step();
  w.mutable_grad() = row({0.5});
  optimizer.step();
  const double first = 3 / (3 + 1e-6) + 0.1 * 2;
  const double between = 2 - 1e-2 * first / (first + 1e-8);
  const double second = 0.5 + 0.1 * between;
  const double m = (0.09 * first + 0.1 * second) / (1 - 0.81);
  const double v = (0.000999 * first * first + 0.001 * second * second) / (1 - 0.998001);
  expect_near(w, row({between - 1e-2 * m / (std::sqrt(v) + 1e-8)}));
}

TEST(Clip, ComesBeforeTheNormsOfLars) {
  const at::Tensor w = parameter(row({3, 4}), row({6, -8}));
  const at::Tensor bias = parameter(row({1}).squeeze(0), row({0}).squeeze(0));
  Optimizer optimizer({w, bias}, {methods::OptimizerKind::kLars, 0.5, 0.9, 0.1, 1});
  optimizer.step();
  const double clip = 1 / (10 + 1e-6);
  const double rate = 0.1 / (10 * clip + 0.5 + 1e-8) / 0.5;
  expect_near(w, row({3 - 0.5 * rate * (6 * clip + 0.3), 4 - 0.5 * rate * (-8 * clip + 0.4)}));
}

/// Every rule, all with decay and clipping.
class EveryRule : public testing::TestWithParam<methods::OptimizerKind> {
 protected:
  static OptimizerOptions options() { return {GetParam(), 0.05, 0.9, 0.01, 3}; }
};

/// f32 weights of several shapes.
std::vector<at::Tensor> weights(std::uint64_t seed) {
  at::manual_seed(seed);
  std::vector<at::Tensor> all;
  for (const auto& shape : {std::vector<std::int64_t>{5, 3, 3, 3}, {5}, {7, 5}})
    all.push_back(at::randn(shape).requires_grad_());
  all.front().set_data(all.front().contiguous(at::MemoryFormat::ChannelsLast));
  return all;
}

void set_gradients(const std::vector<at::Tensor>& parameters, std::uint64_t seed) {
  at::manual_seed(seed);
  for (const at::Tensor& w : parameters) w.mutable_grad() = at::randn_like(w);
}

void copy(const nn::State& from, const nn::State& to) {
  ASSERT_EQ(from.size(), to.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    EXPECT_EQ(from[i].first, to[i].first);
    at::Tensor(to[i].second).copy_(from[i].second);
  }
}

void expect_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].equal(b[i])) << i;
}

TEST_P(EveryRule, ContinuesBitForBitFromItsState) {
  const auto straight = weights(1);
  Optimizer all(straight, options());
  const auto stopped = weights(1);
  auto resumed = weights(2);
  Optimizer second(resumed, options());
  {
    Optimizer first(stopped, options());
    for (std::uint64_t i = 0; i < 3; ++i) {
      set_gradients(straight, i);
      set_gradients(stopped, i);
      all.step();
      first.step();
    }
    copy(first.state(), second.state());
  }
  for (std::size_t i = 0; i < resumed.size(); ++i) resumed[i].data().copy_(stopped[i].data());
  for (std::uint64_t i = 3; i < 6; ++i) {
    set_gradients(straight, i);
    set_gradients(resumed, i);
    all.step();
    second.step();
  }
  expect_equal(straight, resumed);
}

TEST_P(EveryRule, HasItsWholeStateBeforeTheFirstStep) {
  const auto parameters = weights(1);
  const auto start = weights(1);
  Optimizer optimizer(parameters, options());
  nn::State fresh;
  for (const auto& [name, tensor] : optimizer.state()) fresh.emplace_back(name, tensor.clone());
  EXPECT_FALSE(fresh.empty());
  EXPECT_NO_THROW(nn::to_safetensors(fresh, {}));
  set_gradients(parameters, 1);
  optimizer.step();
  std::vector<at::Tensor> once;
  for (const at::Tensor& w : parameters) once.push_back(w.detach().clone());
  optimizer.step();

  copy(fresh, optimizer.state());
  for (std::size_t i = 0; i < start.size(); ++i) parameters[i].data().copy_(start[i].data());
  optimizer.step();
  expect_equal(parameters, once);
}

TEST_P(EveryRule, KeepsParametersWithoutAGradientAndTheirBuffers) {
  const auto parameters = weights(1);
  Optimizer optimizer(parameters, options());
  optimizer.step();  // none has one
  expect_equal(parameters, weights(1));

  set_gradients(parameters, 1);
  optimizer.step();
  parameters[1].mutable_grad() = at::Tensor();
  const at::Tensor kept = parameters[1].detach().clone();
  nn::State before;
  for (const auto& [name, tensor] : optimizer.state()) before.emplace_back(name, tensor.clone());
  optimizer.step();
  EXPECT_TRUE(parameters[1].equal(kept));
  const nn::State after = optimizer.state();
  for (std::size_t i = 0; i < after.size(); ++i) {
    const std::string& name = after[i].first;
    const bool same = after[i].second.equal(before[i].second);
    EXPECT_EQ(same, name.size() > 2 && name.substr(name.size() - 2) == ".1") << name;
  }
}

TEST_P(EveryRule, LeavesTheGradientsAsTheyAre) {
  const auto parameters = weights(1);
  Optimizer optimizer(parameters, options());
  set_gradients(parameters, 1);
  std::vector<at::Tensor> before;
  for (const at::Tensor& w : parameters) before.push_back(w.grad().clone());
  optimizer.step();
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(parameters[i].grad().equal(before[i]));
}

TEST_P(EveryRule, GivesTheSameForEveryOrderOfMemoryAndSizeOfPieces) {
  // Larger than what two threads take at a time, and some in an order of memory that the gradient
  // does not share.
  at::manual_seed(1);
  const at::Tensor start = at::randn({4, 75, 30, 30}, at::kDouble);
  const at::Tensor gradient = at::randn_like(start);
  const auto last = at::MemoryFormat::ChannelsLast;
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> results;
  for (const int used : {1, 2}) {
    at::set_num_threads(used);
    for (const bool weight_last : {false, true}) {
      for (const bool gradient_last : {false, true}) {
        const at::Tensor w =
            parameter(start.contiguous(weight_last ? last : at::MemoryFormat::Contiguous),
                      gradient.contiguous(gradient_last ? last : at::MemoryFormat::Contiguous));
        Optimizer optimizer({w}, options());
        optimizer.step();
        optimizer.step();
        results.push_back(w.detach());
      }
    }
  }
  at::set_num_threads(threads);
  EXPECT_FALSE(results.front().equal(start));
  for (const at::Tensor& result : results) expect_near(result, results.front());
}

INSTANTIATE_TEST_SUITE_P(Optimizer, EveryRule,
                         testing::Values(methods::OptimizerKind::kSgd,
                                         methods::OptimizerKind::kAdam,
                                         methods::OptimizerKind::kAdamW,
                                         methods::OptimizerKind::kLars),
                         [](const auto& rule) { return methods::kOptimizers.print(rule.param); });

TEST_P(EveryRule, TakesGradientsWhoseStridesDifferWhereThereIsOneEntry) {
  const at::Tensor start = at::randn({4, 3, 1, 1}, at::kDouble);
  const at::Tensor gradient = at::randn({4, 3, 1, 1}, at::kDouble);
  const at::Tensor plain = parameter(start.clone(), gradient.clone());
  const at::Tensor strange =
      parameter(start.clone(), gradient.clone().as_strided({4, 3, 1, 1}, {3, 1, 3, 3}));
  ASSERT_NE(strange.grad().strides(), strange.strides());
  Optimizer optimizer({plain, strange}, options());
  optimizer.step();
  optimizer.step();
  EXPECT_FALSE(plain.detach().equal(start));
  EXPECT_TRUE(strange.detach().equal(plain.detach()));
}

TEST(Optimizer, KeepsNoVelocityWithoutMomentum) {
  EXPECT_TRUE(Optimizer({parameter(1)}, {methods::OptimizerKind::kSgd, 0.1, 0, 0}).state().empty());
}

TEST(Optimizer, UsesTheLearningRateSetLast) {
  auto w = parameter(1);
  Optimizer optimizer({w}, {methods::OptimizerKind::kSgd, 0.1, 0, 0});
  optimizer.set_lr(0.5);
  step(optimizer, w, 1);
  EXPECT_NEAR(w.item<double>(), 0.5, 1e-12);
}

TEST(Optimizer, RefusesNonsense) {
  EXPECT_THROW(Optimizer({parameter(1)}, {methods::OptimizerKind::kSgd, 0, 0.9, 0}), UsageError);
  EXPECT_THROW(Optimizer({parameter(1)}, {methods::OptimizerKind::kSgd, 0.1, 1, 0}), UsageError);
  EXPECT_THROW(Optimizer({parameter(1)}, {methods::OptimizerKind::kAdam, 0.1, 0, -1}), UsageError);
  EXPECT_THROW(Optimizer({parameter(1)}, {methods::OptimizerKind::kLars, 0.1, -0.1, 0}),
               UsageError);
  EXPECT_THROW(Optimizer({parameter(1)}, {methods::OptimizerKind::kSgd, INFINITY, 0.9, 0}),
               UsageError);
  EXPECT_THROW(Optimizer({parameter(1)}, {methods::OptimizerKind::kSgd, 0.1, 0.9, 0, -1}),
               UsageError);
  EXPECT_THROW(Optimizer({parameter(1)}, {methods::OptimizerKind::kSgd, 0.1, 0.9, 0, NAN}),
               UsageError);
}

TEST(Schedule, FallsFromOneAlongHalfACosine) {
  EXPECT_DOUBLE_EQ(schedule_factor(methods::Schedule::kCosine, 0, 100, 0), 1);
  EXPECT_NEAR(schedule_factor(methods::Schedule::kCosine, 50, 100, 0), 0.5, 1e-12);
  EXPECT_NEAR(schedule_factor(methods::Schedule::kCosine, 99, 100, 0), 2.467e-4, 1e-6);
  EXPECT_DOUBLE_EQ(schedule_factor(methods::Schedule::kConstant, 99, 100, 0), 1);
}

TEST(Schedule, GrowsLinearlyWhileWarmingUp) {
  EXPECT_DOUBLE_EQ(schedule_factor(methods::Schedule::kCosine, 0, 100, 10), 0.1);
  EXPECT_DOUBLE_EQ(schedule_factor(methods::Schedule::kCosine, 9, 100, 10), 1);
  EXPECT_DOUBLE_EQ(schedule_factor(methods::Schedule::kCosine, 10, 100, 10), 1);
  EXPECT_NEAR(schedule_factor(methods::Schedule::kCosine, 55, 100, 10), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(schedule_factor(methods::Schedule::kConstant, 4, 100, 10), 0.5);
}

}  // namespace
}  // namespace cs::train
