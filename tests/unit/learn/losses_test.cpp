#include "learn/losses.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "core/error.hpp"

namespace cs::learn {
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

const std::vector<Loss>& contrastive() {
  static const std::vector<Loss> kLosses = {
      [](const auto& s, const auto& t) { return nt_xent(s, t, 0.3); },
      [](const auto& s, const auto& t) { return cont_steal(s, t, 0.3); },
      [](const auto& s, const auto& t) { return cont_steal(s, t, 0.3, kNoSelf); },
      [](const auto& s, const auto& t) { return cosine(s, t); },
  };
  return kLosses;
}

TEST(Losses, OfCosinesHaveNoGradientAlongAnEmbedding) {
  at::manual_seed(3);
  for (const auto& loss : contrastive()) {
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
  auto losses = contrastive();
  losses.emplace_back([](const auto& s, const auto& t) { return mse(s, t); });
  for (const auto& loss : losses) {
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
  for (const auto& loss : contrastive()) {
    const auto mixed = loss(s, t);
    EXPECT_EQ(mixed.scalar_type(), at::kFloat);
    EXPECT_NEAR(value(mixed), value(loss(s.to(at::kFloat), t)), 1e-6);
  }
}

TEST(Losses, StayFiniteForRowsOfZeros) {
  for (const auto& loss : contrastive()) {
    auto s = at::zeros({4, 8}).requires_grad_();
    const auto result = loss(s, at::randn({4, 8}));
    result.backward();
    EXPECT_TRUE(std::isfinite(value(result)));
    EXPECT_TRUE(at::isfinite(s.grad()).all().item<bool>());
  }
}

TEST(Losses, RefuseNonsense) {
  const auto x = at::ones({4, 8});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(nt_xent(x.narrow(0, 0, 1), x.narrow(0, 0, 1), 0.5), DataError);
  EXPECT_THROW(cont_steal(x.narrow(0, 0, 1), x.narrow(0, 0, 1), 0.5), DataError);
  EXPECT_THROW(cont_steal(x, at::ones({4, 7}), 0.5), DataError);
  EXPECT_THROW(mse(x, at::ones({1, 8})), DataError);  // which would broadcast
  EXPECT_THROW(cosine(x.narrow(0, 0, 0), x.narrow(0, 0, 0)), DataError);
  for (const double tau : {0.0, -1.0, nan}) {
    EXPECT_THROW(nt_xent(x, x, tau), UsageError);
    EXPECT_THROW(cont_steal(x, x, tau), UsageError);
  }
}

}  // namespace
}  // namespace cs::learn
