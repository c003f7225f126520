#include "methods/losses.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "core/error.hpp"

namespace cs::methods {
namespace {

const ContStealTerms kNoSelf{false, false, false};

double value(const at::Tensor& loss) { return loss.item<double>(); }

/// e^{sim(a, b) / tau} for two rows.
double weight(const at::Tensor& a, const at::Tensor& b, double tau) {
  return std::exp((a * b).sum().item<double>() / (a.norm() * b.norm()).item<double>() / tau);
}

/// The equation of cont_steal(), term by term.
double cont_steal_by_sums(const at::Tensor& s, const at::Tensor& t, double tau, bool self) {
  double loss = 0;
  for (std::int64_t i = 0; i < s.size(0); ++i) {
    double negatives = 0;
    for (std::int64_t k = 0; k < s.size(0); ++k) {
      if (k == i) continue;
      negatives += weight(s[i], t[k], tau) + (self ? weight(s[i], s[k], tau) : 0);
    }
    loss -= std::log(weight(s[i], t[i], tau) / negatives);
  }
  return loss / static_cast<double>(s.size(0));
}

/// The equation of nt_xent(), term by term.
double nt_xent_by_sums(const at::Tensor& a, const at::Tensor& b, double tau) {
  const at::Tensor z = at::cat({a, b});
  const auto n = a.size(0);
  double loss = 0;
  for (std::int64_t i = 0; i < 2 * n; ++i) {
    double all = 0;
    for (std::int64_t k = 0; k < 2 * n; ++k) all += k == i ? 0 : weight(z[i], z[k], tau);
    loss -= std::log(weight(z[i], z[(i + n) % (2 * n)], tau) / all);
  }
  return loss / static_cast<double>(2 * n);
}

TEST(Losses, HaveTheirGoldenValuesWhereAllSimilaritiesAreEqual) {
  const auto same = at::ones({32, 8});
  EXPECT_NEAR(value(nt_xent(same, same, 0.5)), std::log(63.0), 1e-5);
  EXPECT_NEAR(value(nt_xent(same, same, 0.5)), 4.143, 5e-4);
  EXPECT_NEAR(value(cont_steal(same, same, 0.5)), std::log(62.0), 1e-5);
  EXPECT_NEAR(value(cont_steal(same, same, 0.5)), 4.127, 5e-4);
  EXPECT_NEAR(value(cont_steal(same, same, 0.5, kNoSelf)), std::log(31.0), 1e-5);
  EXPECT_NEAR(value(soft_nn(same, same, 100)), std::log(63.0), 1e-5);
  const auto queue = same.narrow(0, 0, 9) / std::sqrt(8.0);
  EXPECT_NEAR(value(queue_contrast(same, same, queue, 0.5)), std::log(10.0), 1e-5);
  EXPECT_NEAR(value(unit_distance(same, same)), 0, 1e-6);
  EXPECT_NEAR(value(mse(same, same)), 0, 1e-7);
  EXPECT_NEAR(value(cosine(same, same)), 0, 1e-6);
}

TEST(Losses, MatchTwoRowsByHand) {
  const auto s = at::tensor({1.0, 0.0, 0.0, 2.0}).view({2, 2});
  const auto t = at::tensor({3.0, 0.0, 1.0, 1.0}).view({2, 2});
  // sim(s1,t1) = 1, sim(s2,t2) = sim(s1,t2) = 1/sqrt(2), sim(s2,t1) = sim(s1,s2) = 0; tau = 1
  const double c = 1 / std::sqrt(2.0);
  const double first = -1 + std::log(std::exp(c) + 1);
  const double second = -c + std::log(1.0 + 1.0);
  EXPECT_NEAR(value(cont_steal(s, t, 1)), (first + second) / 2, 1e-6);
  EXPECT_NEAR(value(cont_steal(s, t, 1, kNoSelf)), ((-1 + c) + (-c + 0)) / 2, 1e-6);
  EXPECT_NEAR(value(mse(s, t)), (4.0 + 0 + 1 + 1) / 4, 1e-6);
  EXPECT_NEAR(value(cosine(s, t)), ((1 - 1) + (1 - c)) / 2, 1e-6);
}

TEST(Losses, OfSoftNeighborsAreOfSquaredDistancesBetweenRawRows) {
  const auto s = at::tensor({0.0, 2.0}).view({2, 1});
  const auto t = at::tensor({1.0, 4.0}).view({2, 1});
  const auto e = [](double distance) { return std::exp(-distance / 10); };
  // The distances of s1 to t1, s2, t2; of s2 to t2, s1, t1; of t1 to s1, s2, t2; of t2 to s2, s1,
  // t1
  const double expected =
      std::log((e(1) + e(4) + e(16)) / e(1)) + std::log((e(4) + e(4) + e(1)) / e(4)) +
      std::log((e(1) + e(1) + e(9)) / e(1)) + std::log((e(4) + e(16) + e(9)) / e(4));
  EXPECT_NEAR(value(soft_nn(s, t, 10)), expected / 4, 1e-6);
}

TEST(Losses, OfBarlowTwinsWantEachColumnLikeItselfAndUnlikeTheOthers) {
  const auto apart = at::tensor({1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0}).view({4, 2});
  EXPECT_NEAR(value(barlow(apart, apart)), 0, 1e-6);
  EXPECT_NEAR(value(barlow(apart * 5 + 3, apart)), 0, 1e-6);  // columns are standardized
  EXPECT_NEAR(value(barlow(apart, -apart)), 2 * 4, 1e-3);
  EXPECT_NEAR(value(barlow(apart, apart.flip(1))), 2 + 0.0051 * 2, 1e-4);
  const auto twice = at::tensor({1.0, 1.0, -1.0, -1.0}).view({2, 2});
  EXPECT_NEAR(value(barlow(twice, twice)), 0.0051 * 2, 1e-6);
}

TEST(Losses, OfBarlowTwinsDoNotKnowWhoseAnswerAnAnswerIs) {
  at::manual_seed(10);
  const auto s = at::randn({2, 6, 3});
  const auto t = at::randn({2, 6, 3});
  const auto dealt = t.index_select(1, at::tensor({3, 0, 5, 1, 2, 4}, at::kLong));
  const auto loss = [&](const at::Tensor& answers) {
    return value(barlow(at::cat({s[0], answers[0]}), at::cat({s[1], answers[1]})));
  };
  EXPECT_NEAR(loss(t), loss(dealt), 1e-5);
  EXPECT_GT(std::abs(loss(t) - loss(at::randn({2, 6, 3}))), 1e-2);
}

TEST(Losses, OfUnitRowsAddTheirDistancesAndStandStillWhereTheyAreZero) {
  const auto s = at::tensor({2.0, 0.0, 3.0, 0.0}).view({2, 2}).requires_grad_();
  const auto t = at::tensor({5.0, 0.0, 0.0, 0.1}).view({2, 2});
  const auto loss = unit_distance(s, t);
  EXPECT_NEAR(value(loss), 0 + std::sqrt(2.0), 1e-6);
  loss.backward();
  EXPECT_EQ(value(s.grad()[0].abs().sum()), 0);
  EXPECT_NEAR(value(s.grad()[1][1]), -1 / std::sqrt(2.0) / 3, 1e-6);
}

TEST(Losses, OfPrototypesTakeTheirLengthAsItIs) {
  const auto s = at::tensor({2.0, 0.0, 0.0, 3.0}).view({2, 2});
  const auto p = at::tensor({0.5, 0.0, 0.0, 0.25}).view({2, 2});
  // Two negatives each at similarity 0; sim = 1; distances 1/2 and 3/4
  const double contrast = std::log(2.0) - (0.5 + 0.25) / 2;
  const double align = -(std::log(2 / 0.25) + std::log(2 / 0.5625)) / 2;
  EXPECT_NEAR(value(rda(s, p, 1)), contrast + align, 1e-6);
  EXPECT_NEAR(value(rda(s * 7, p, 1)), contrast + align, 1e-6);
}

TEST(Losses, OfAQueueTakeOnlyItsRowsAndThePositiveIntoTheDenominator) {
  const auto q = at::tensor({2.0, 0.0, 0.0, 5.0}).view({2, 2});
  const auto k = at::tensor({0.0, 3.0, 0.0, 1.0}).view({2, 2});
  const auto queue = at::tensor({0.5, 0.0, 0.0, -1.0, 0.25, 0.0}).view({3, 2});
  const auto e = [](double x) { return std::exp(x / 0.5); };
  const double first = std::log((1 + e(0.5) + 1 + e(0.25)) / 1);
  const double second = std::log((e(1) + 1 + e(-1) + 1) / e(1));
  EXPECT_NEAR(value(queue_contrast(q, k, queue, 0.5)), (first + second) / 2, 1e-6);
}

TEST(Losses, EqualTheirEquationsOnRandomRows) {
  at::manual_seed(1);
  const auto s = at::randn({4, 8});
  const auto t = at::randn({4, 8});
  for (const double tau : {0.07, 0.5, 2.0}) {
    EXPECT_NEAR(value(nt_xent(s, t, tau)), nt_xent_by_sums(s, t, tau), 1e-5);
    EXPECT_NEAR(value(cont_steal(s, t, tau)), cont_steal_by_sums(s, t, tau, true), 1e-5);
    EXPECT_NEAR(value(cont_steal(s, t, tau, kNoSelf)), cont_steal_by_sums(s, t, tau, false), 1e-5);
  }
}

TEST(Losses, AddThePositiveToTheDenominatorAndExchangeRoles) {
  const auto s = at::tensor({1.0, 0.0, 0.0, 2.0}).view({2, 2});
  const auto t = at::tensor({3.0, 0.0, 1.0, 1.0}).view({2, 2});
  const double c = std::sqrt(0.5);
  const double e = std::exp(1.0);
  const double ec = std::exp(c);
  // Anchors s: D+ = e, e^c; D-enc = e^c, 1; D-self = 1, 1. Anchors t: D-enc = 1, e^c; D-self = e^c.
  const double from_s = (std::log((e + ec + 1) / e) + std::log((ec + 1 + 1) / ec)) / 2;
  EXPECT_NEAR(value(cont_steal(s, t, 1, {true, true, false})), from_s, 1e-6);
  const double by_t = (std::log((1 + ec) / e) + std::log((ec + ec) / ec)) / 2;
  const double by_s = (std::log((ec + 1) / e) + std::log((1.0 + 1) / ec)) / 2;
  EXPECT_NEAR(value(cont_steal(s, t, 1, {true, false, true})), (by_s + by_t) / 2, 1e-6);
}

TEST(Losses, OfContStealWithBothSwitchesAreTheReleasedForm) {
  at::manual_seed(8);
  const auto s = at::randn({7, 5}, at::kDouble);
  const auto t = at::randn({7, 5}, at::kDouble);
  EXPECT_NEAR(value(cont_steal(s, t, 0.3, {true, true, true})), value(nt_xent(s, t, 0.3)), 1e-12);
}

TEST(Losses, OfDistillationAreDivergencesThatZerosDoNotSpoil) {
  const auto l = at::tensor({0.0, std::log(3.0)}).view({1, 2}).requires_grad_();  // 1/4, 3/4
  const auto p = at::tensor({0.5, 0.5}).view({1, 2});
  EXPECT_NEAR(value(kl(l, p)), 0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3), 1e-6);
  const auto sure = at::tensor({1.0, 0.0}).view({1, 2});
  const auto loss = kl(l, sure);
  EXPECT_NEAR(value(loss), std::log(4.0), 1e-6);
  loss.backward();
  EXPECT_TRUE(at::allclose(l.grad(), at::tensor({-0.75, 0.75}).view({1, 2}).to(l.dtype())));
}

TEST(Losses, OfTheReleasedFormDoNotChangeWhenTheArgumentsAreExchanged) {
  at::manual_seed(2);
  const auto s = at::randn({6, 5});
  const auto t = at::randn({6, 5});
  EXPECT_NEAR(value(nt_xent(s, t, 0.5)), value(nt_xent(t, s, 0.5)), 1e-6);
  EXPECT_GT(std::abs(value(cont_steal(s, t, 0.5)) - value(cont_steal(t, s, 0.5))), 1e-3);
}

using Loss = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;

/// Blind to the lengths of rows.
const std::vector<Loss>& of_directions() {
  static const std::vector<Loss> kLosses = {
      [](const auto& s, const auto& t) { return nt_xent(s, t, 0.3); },
      [](const auto& s, const auto& t) { return cont_steal(s, t, 0.3); },
      [](const auto& s, const auto& t) { return cont_steal(s, t, 0.3, kNoSelf); },
      [](const auto& s, const auto& t) { return cosine(s, t); },
      [](const auto& s, const auto& t) { return unit_distance(s, t); },
      [](const auto& s, const auto& t) {
        const auto type = at::promote_types(s.scalar_type(), at::kFloat);
        return queue_contrast(s, t, at::eye(s.size(1), type), 0.3);
      },
  };
  return kLosses;
}

std::vector<Loss> all_losses() {
  std::vector<Loss> losses = of_directions();
  losses.emplace_back([](const auto& s, const auto& t) { return mse(s, t); });
  losses.emplace_back([](const auto& s, const auto& t) { return soft_nn(s, t, 3); });
  losses.emplace_back([](const auto& s, const auto& t) { return barlow(s, t); });
  losses.emplace_back([](const auto& s, const auto& t) { return rda(s, t, 0.3); });
  return losses;
}

TEST(Losses, OfCosinesHaveNoGradientAlongAnEmbedding) {
  at::manual_seed(3);
  for (const auto& loss : of_directions()) {
    auto s = at::randn({5, 7}, at::kDouble).requires_grad_();
    const auto t = at::randn({5, 7}, at::kDouble);
    loss(s, t).backward();
    EXPECT_LT((s.grad() * s).sum(1).abs().max().item<double>(), 1e-12);
    EXPECT_GT(s.grad().abs().max().item<double>(), 1e-4);
    EXPECT_NEAR(value(loss(s, t)), value(loss(s * 3.5, t * 0.25)), 1e-12);
  }
}

TEST(Losses, HaveTheGradientsOfFiniteDifferences) {
  at::manual_seed(4);
  for (const auto& loss : all_losses()) {
    auto s = at::randn({4, 3}, at::kDouble).requires_grad_();
    const auto t = at::randn({4, 3}, at::kDouble);
    loss(s, t).backward();
    for (std::int64_t i = 0; i < s.numel(); ++i) {
      at::Tensor up = s.detach().clone();
      at::Tensor down = s.detach().clone();
      up.view(-1)[i] += 1e-5;
      down.view(-1)[i] -= 1e-5;
      const double slope = (value(loss(up, t)) - value(loss(down, t))) / 2e-5;
      EXPECT_NEAR(s.grad().view(-1)[i].item<double>(), slope, 1e-8);
    }
  }
}

TEST(Losses, AreComputedInF32FromHalfPrecision) {
  const auto s = at::randn({4, 8}).to(at::kBFloat16);
  const auto t = at::randn({4, 8});
  for (const auto& loss : all_losses()) {
    const auto mixed = loss(s, t);
    EXPECT_EQ(mixed.scalar_type(), at::kFloat);
    EXPECT_NEAR(value(mixed), value(loss(s.to(at::kFloat), t)), 1e-6);
  }
}

TEST(Losses, StayFiniteForRowsOfZeros) {
  for (const auto& loss : all_losses()) {
    auto s = at::zeros({4, 8}).requires_grad_();
    const auto result = loss(s, at::randn({4, 8}));
    result.backward();
    EXPECT_TRUE(std::isfinite(value(result)));
    EXPECT_TRUE(at::isfinite(s.grad()).all().item<bool>());
  }
}

/// Value and gradient of a loss at rows [4, 8] of f32.
struct AtRows {
  AtRows(const Loss& loss, const at::Tensor& s, const at::Tensor& t) {
    const auto leaf = s.detach().clone().requires_grad_();
    const auto result = loss(leaf, t);
    result.backward();
    loss_value = value(result);
    gradient = leaf.grad();
  }
  bool finite() const {
    return std::isfinite(loss_value) && at::isfinite(gradient).all().item<bool>();
  }

  double loss_value;
  at::Tensor gradient;
};

TEST(Losses, OfDirectionsDoNotMindTheLengthsOfRows) {
  at::manual_seed(5);
  const auto s = at::randn({4, 8});
  const auto t = at::randn({4, 8});
  for (const auto& loss : of_directions()) {
    const AtRows plain(loss, s, t);
    for (const double scale : {1e-10, 1e-4, 1e4, 1e10}) {
      const AtRows scaled(loss, s * scale, t / scale);
      EXPECT_NEAR(scaled.loss_value, plain.loss_value, 1e-5) << scale;
      EXPECT_TRUE(at::allclose(scaled.gradient * scale, plain.gradient, 1e-3, 1e-5)) << scale;
    }
    // Their squares have no place in f32.
    for (const double scale : {1e-20, 1e-30, 1e20, 1e30}) {
      EXPECT_TRUE(AtRows(loss, s * scale, t).finite()) << scale;
      EXPECT_TRUE(AtRows(loss, s, t * scale).finite()) << scale;
    }
  }
}

TEST(Losses, StayFiniteWhereRowsAreAlikeOppositeOrFew) {
  at::manual_seed(6);
  const auto one = at::randn({1, 8});
  const auto alike = one.repeat({4, 1});
  const auto t = at::randn({4, 8});
  for (const auto& loss : all_losses()) {
    EXPECT_TRUE(AtRows(loss, alike, alike).finite());
    EXPECT_TRUE(AtRows(loss, alike, t).finite());
    EXPECT_TRUE(AtRows(loss, t, t).finite());
    EXPECT_TRUE(AtRows(loss, t, -t).finite());
    EXPECT_TRUE(AtRows(loss, t, at::zeros_like(t)).finite());
    EXPECT_TRUE(AtRows(loss, t.narrow(0, 0, 2), t.narrow(0, 2, 2)).finite());
  }
  const auto unit = t / t.norm(2, 1, true);
  EXPECT_TRUE(
      AtRows([](const auto& s, const auto& p) { return rda(s, p, 0.07); }, unit, unit).finite());
}

TEST(Losses, AreExactAtALowTemperature) {
  at::manual_seed(7);
  const auto s = at::randn({16, 4});
  const auto t = s + 0.1 * at::randn({16, 4});
  const std::vector<Loss> contrasts = {
      [](const auto& a, const auto& b) { return nt_xent(a, b, 0.01); },
      [](const auto& a, const auto& b) { return cont_steal(a, b, 0.01); },
      [](const auto& a, const auto& b) {
        return cont_steal(a, b, 0.01, {false, true, true});
      },
      [](const auto& a, const auto& b) { return rda(a, b, 0.01); },
      [](const auto& a, const auto& b) { return queue_contrast(a, b, b.flip(0), 0.01); },
      [](const auto& a, const auto& b) { return soft_nn(a, b, 0.01); },
  };
  for (const auto& loss : contrasts) {
    const AtRows ours(loss, s, t);
    const AtRows exact(loss, s.to(at::kDouble), t.to(at::kDouble));
    EXPECT_NEAR(ours.loss_value, exact.loss_value, 1e-4 * std::max(1.0, exact.loss_value));
    const double largest = exact.gradient.abs().max().item<double>();
    EXPECT_LT((ours.gradient - exact.gradient).abs().max().item<double>(), 1e-2 * largest);
  }
}

TEST(Losses, OfSoftNeighborsDoNotLoseDistancesInWhatRowsShare) {
  at::manual_seed(8);
  const auto s = at::randn({6, 5}) + 1000;
  const auto t = at::randn({6, 5}) + 1000;
  const Loss loss = [](const auto& a, const auto& b) { return soft_nn(a, b, 1); };
  const AtRows ours(loss, s, t);
  const AtRows exact(loss, s.to(at::kDouble), t.to(at::kDouble));
  EXPECT_NEAR(ours.loss_value, exact.loss_value, 1e-4);
  EXPECT_TRUE(at::allclose(ours.gradient.to(at::kDouble), exact.gradient, 1e-3, 1e-4));
}

TEST(Losses, RefuseNonsense) {
  const auto x = at::ones({4, 8});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(nt_xent(x.narrow(0, 0, 1), x.narrow(0, 0, 1), 0.5), DataError);
  EXPECT_THROW(cont_steal(x.narrow(0, 0, 1), x.narrow(0, 0, 1), 0.5), DataError);
  EXPECT_THROW(cont_steal(x, at::ones({4, 7}), 0.5), DataError);
  EXPECT_THROW(mse(x, at::ones({1, 8})), DataError);  // which would broadcast
  EXPECT_THROW(cosine(x.narrow(0, 0, 0), x.narrow(0, 0, 0)), DataError);
  EXPECT_THROW(soft_nn(x.narrow(0, 0, 1), x.narrow(0, 0, 1), 100), DataError);
  EXPECT_THROW(soft_nn(x, at::ones({3, 8}), 100), DataError);
  EXPECT_THROW(barlow(x.narrow(0, 0, 1), x.narrow(0, 0, 1)), DataError);
  EXPECT_THROW(barlow(x, at::ones({4, 7})), DataError);
  EXPECT_THROW(rda(x.narrow(0, 0, 1), x.narrow(0, 0, 1), 0.5), DataError);
  EXPECT_THROW(rda(x, at::ones({4, 7}), 0.5), DataError);
  EXPECT_THROW(unit_distance(x, at::ones({1, 8})), DataError);
  EXPECT_THROW(queue_contrast(x, at::ones({1, 8}), x, 0.5), DataError);
  EXPECT_THROW(queue_contrast(x, x, at::ones({5, 7}), 0.5), DataError);
  EXPECT_THROW(kl(x, at::ones({8})), DataError);
  for (const double tau : {0.0, -1.0, nan, std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(nt_xent(x, x, tau), UsageError);
    EXPECT_THROW(soft_nn(x, x, tau), UsageError);
    EXPECT_THROW(rda(x, x, tau), UsageError);
    EXPECT_THROW(queue_contrast(x, x, x, tau), UsageError);
    EXPECT_THROW(cont_steal(x, x, tau), UsageError);
  }
}

}  // namespace
}  // namespace cs::methods
