#include "eval/choose_l2.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"

namespace cs::eval {
namespace {

struct Labeled {
  at::Tensor x;
  at::Tensor y;
};

/// Two classes that one column tells apart, a fifth of the labels wrong, and columns of noise: the
/// weaker the penalty, the more wrong labels are learned by heart.
Labeled mislabeled(std::uint64_t seed) {
  at::manual_seed(seed);
  const auto y = at::arange(200, at::kLong).remainder(2);
  const auto x = at::cat({at::randn({200, 120}), at::randn({200, 1}) * 0.3 + y.unsqueeze(1)}, 1);
  return {x, at::where(at::rand({200}).lt(0.2), 1 - y, y)};
}

double accuracy(const LinearProbe& probe, const at::Tensor& x, const at::Tensor& y) {
  return predict(probe, x).eq(y).to(at::kDouble).mean().item<double>();
}

TEST(Split, HoldsOutATenthOfEachClassAndFitsTheRest) {
  const auto counts = std::vector<std::int64_t>{1, 0, 2, 19, 20, 100};
  std::vector<at::Tensor> parts;
  for (std::size_t c = 0; c < counts.size(); ++c)
    parts.push_back(at::full({counts[c]}, static_cast<std::int64_t>(c), at::kLong));
  const auto labels = at::cat(parts);
  const Split split = split_stratified(labels, 0.1, 3);
  const auto all = std::get<0>(at::cat({split.fit, split.validation}).sort());
  EXPECT_TRUE(all.equal(at::arange(labels.size(0))));
  EXPECT_TRUE(labels.index_select(0, split.validation)
                  .bincount({}, 6)
                  .equal(at::tensor({0, 0, 1, 1, 2, 10}, at::kLong)));
  EXPECT_TRUE(split_stratified(labels, 0.1, 3).validation.equal(split.validation));
  EXPECT_FALSE(split_stratified(labels, 0.1, 4).validation.equal(split.validation));
}

TEST(ChooseL2, TakesTheBestOnTheValidationRecordsWhereFittedOnTheOthers) {
  int strong = 0;
  for (const std::uint64_t seed : {5, 6, 7, 8, 9}) {
    const Labeled d = mislabeled(seed);
    ProbeOptions options;
    options.l2_grid = {0.003, 3};
    options.validation_fraction = 0.4;
    options.seed = seed;
    const Split split = split_stratified(d.y, options.validation_fraction, seed);
    const auto validated = [&](double l2) {
      const auto probe =
          fit_linear(d.x.index_select(0, split.fit), d.y.index_select(0, split.fit), l2);
      return accuracy(probe, d.x.index_select(0, split.validation),
                      d.y.index_select(0, split.validation));
    };
    const auto chosen = fit_linear_probe(d.x, d.y, options);
    EXPECT_EQ(chosen.l2, validated(3) >= validated(0.003) ? 3 : 0.003) << seed;
    // What is returned is fitted on all records.
    EXPECT_TRUE(at::allclose(chosen.weight, fit_linear(d.x, d.y, chosen.l2).weight, 1e-6, 1e-6));
    // Records that were fitted would always speak for the weak one.
    EXPECT_LT(accuracy(fit_linear(d.x, d.y, 3), d.x, d.y) + 0.05,
              accuracy(fit_linear(d.x, d.y, 0.003), d.x, d.y));
    strong += chosen.l2 == 3 ? 1 : 0;
  }
  EXPECT_GE(strong, 1);
}

TEST(ChooseL2, TakesAWeakPenaltyWhereRecordsAreManyAndClean) {
  at::manual_seed(10);
  const auto x = at::randn({2000, 6});
  const auto weak = at::tensor({1.0F, -1.0F, 0.02F, 0.02F, -0.02F, 0.02F});
  const auto y = x.mv(weak).gt(0).to(at::kLong);
  EXPECT_LE(fit_linear_probe(x, y, {}).l2, 1e-3);
}

TEST(ChooseL2, TakesTheStrongestOfEqualsInWhateverOrderTheyStand) {
  at::manual_seed(13);
  const auto y = at::arange(60, at::kLong).remainder(2);
  const auto x = at::randn({60, 3}) * 0.1 + y.unsqueeze(1) * 10;  // any strength tells them all
  ProbeOptions options;
  options.l2_grid = {0.01, 1, 0.1};
  EXPECT_EQ(fit_linear_probe(x, y, options).l2, 1);
}

TEST(ChooseL2, RepeatsItselfAndFitsAGridOfOneAsItIs) {
  const Labeled d = mislabeled(11);
  ProbeOptions options;
  options.seed = 11;
  const auto probe = fit_linear_probe(d.x, d.y, options);
  EXPECT_TRUE(probe.converged);
  EXPECT_EQ(std::count(options.l2_grid.begin(), options.l2_grid.end(), probe.l2), 1);
  EXPECT_TRUE(probe.weight.equal(fit_linear_probe(d.x, d.y, options).weight));
  options.l2_grid = {probe.l2};
  EXPECT_TRUE(at::allclose(fit_linear_probe(d.x, d.y, options).weight, probe.weight, 1e-6, 1e-6));
}

TEST(ChooseL2, WorksWhereverClassesWithoutRecordsStand) {
  const Labeled d = mislabeled(12);
  const auto labels = d.y * 3 + 1;  // of 0 to 4: 1 and 4
  const auto dense = fit_linear_probe(d.x, d.y, {});
  const auto gaps = fit_linear_probe(d.x, labels, {});
  EXPECT_EQ(gaps.l2, dense.l2);
  EXPECT_TRUE(gaps.weight.equal(dense.weight));
  EXPECT_TRUE(predict(gaps, d.x).equal(predict(dense, d.x) * 3 + 1));
}

TEST(ChooseL2, RefusesAnEmptyGridAndClassesOfOneRecord) {
  const auto x = at::randn({2, 2});
  const auto y = at::tensor({0, 1}, at::kLong);
  EXPECT_THROW(fit_linear_probe(x, y, {}), DataError);
  ProbeOptions options;
  options.l2_grid.clear();
  EXPECT_THROW(fit_linear_probe(x, y, options), UsageError);
}

}  // namespace
}  // namespace cs::eval
