#include "eval/linear_probe.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace cs::eval {
namespace {

struct Blobs {
  at::Tensor x;
  at::Tensor y;
};

/// Overlapping classes with correlated columns of very different scales.
Blobs make_blobs(std::int64_t n, std::int64_t width, std::int64_t classes, int seed) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  const auto centers = at::randn({classes, width});
  const auto mix = at::randn({width, width}) * at::linspace(0.1, 20, width);
  const auto y = at::arange(n, at::kLong).remainder(classes);
  return {(at::randn({n, width}) * 2 + centers.index_select(0, y)).mm(mix) + 5, y};
}

/// The objective by autograd-free definition, in f64.
double objective(const Blobs& d, const at::Tensor& weight, const at::Tensor& bias, double l2) {
  const auto x = d.x.to(at::kDouble);
  const auto z = (x - x.mean(0)) / x.std(0, /*unbiased=*/false);
  const auto logs = (z.mm(weight.t()) + bias).log_softmax(1);
  const auto loss = -logs.gather(1, d.y.unsqueeze(1)).mean() + weight.square().sum() * (l2 / 2);
  return loss.item<double>();
}

TEST(LinearProbe, EndsWhereNoSmallChangeLowersTheObjective) {
  const Blobs d = make_blobs(300, 6, 3, 1);
  const auto probe = fit_linear(d.x, d.y, 0.01);
  ASSERT_TRUE(probe.converged);
  const double best = objective(d, probe.weight, probe.bias, 0.01);
  EXPECT_NEAR(best, probe.objective, 1e-6);  // the solver sees columns rounded to f32
  for (int trial = 0; trial < 20; ++trial) {
    const auto change = at::randn_like(probe.weight) * 1e-2;
    const auto shift = at::randn_like(probe.bias) * 1e-2;
    EXPECT_GT(objective(d, probe.weight + change, probe.bias + shift, 0.01), best);
  }
}

TEST(LinearProbe, ReachesTheSameSolutionFromAnyStart) {
  const Blobs d = make_blobs(300, 6, 3, 2);
  const auto cold = fit_linear(d.x, d.y, 1e-4);
  const auto other = fit_linear(d.x, d.y, 1);
  const auto warm = fit_linear(d.x, d.y, 1e-4, {}, &other);
  EXPECT_TRUE(at::allclose(cold.weight, warm.weight, 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(cold.bias, warm.bias, 1e-6, 1e-6));
}

TEST(LinearProbe, ConvergesOnSeparableClassesAndCollinearColumns) {
  at::manual_seed(3);
  const auto y = at::arange(100, at::kLong).remainder(2);
  const auto base = at::randn({100, 4}) * 0.1 + y.unsqueeze(1) * 10;
  const auto x = at::cat({base, base, base * 3 + 1}, 1);
  const auto probe = fit_linear(x, y, 1e-6);
  EXPECT_TRUE(probe.converged);
  EXPECT_TRUE(predict(probe, x).equal(y));
}

TEST(LinearProbe, IgnoresConstantColumns) {
  const Blobs d = make_blobs(200, 5, 3, 4);
  const auto constant = at::full({200, 1}, 1234.567);
  const auto probe = fit_linear(at::cat({d.x, constant, constant * 0}, 1), d.y, 0.01);
  const auto plain = fit_linear(d.x, d.y, 0.01);
  EXPECT_EQ(probe.scale[5].item<double>(), 0);
  EXPECT_EQ(probe.weight.narrow(1, 5, 2).abs().max().item<double>(), 0);
  EXPECT_TRUE(at::allclose(probe.weight.narrow(1, 0, 5), plain.weight, 1e-6, 1e-6));
}

TEST(LinearProbe, FoldsStandardizationIntoAHeadOnRawEmbeddings) {
  const Blobs d = make_blobs(200, 5, 3, 5);
  const auto probe = fit_linear(d.x, d.y, 0.001);
  const auto head = fold(probe, {"a", "b", "c"});
  const auto classes = (d.x.mm(head.weight.t()) + head.bias).argmax(1);
  EXPECT_TRUE(classes.equal(predict(probe, d.x)));
}

/// Labels that skip classes at the beginning, in the middle and at the end of the eight names.
const std::vector<std::int64_t> kPresent{1, 3, 4, 6};
const std::vector<std::string> kEight{"0", "1", "2", "3", "4", "5", "6", "7"};

TEST(LinearProbe, FitsTheClassesThatHaveRecordsAsIfThereWereNoOthers) {
  const Blobs d = make_blobs(200, 5, 4, 8);
  const auto present = at::tensor(kPresent, at::kLong);
  const auto gaps = fit_linear(d.x, present.index_select(0, d.y), 0.01);
  const auto dense = fit_linear(d.x, d.y, 0.01);
  EXPECT_TRUE(gaps.classes.equal(present));
  EXPECT_TRUE(gaps.weight.equal(dense.weight));
  EXPECT_TRUE(gaps.bias.equal(dense.bias));
  EXPECT_TRUE(predict(gaps, d.x).equal(present.index_select(0, predict(dense, d.x))));
}

TEST(LinearProbe, FoldsIntoAHeadOfAllClassesThatNeverPredictsOneWithoutRecords) {
  const Blobs d = make_blobs(200, 5, 4, 9);
  const auto present = at::tensor(kPresent, at::kLong);
  const auto probe = fit_linear(d.x, present.index_select(0, d.y), 1e-4);
  const auto head = fold(probe, kEight);
  EXPECT_EQ(head.classes, kEight);
  for (const double scale : {0.0, 1.0, 1e2, 1e4}) {
    const auto x = at::randn({500, 5}) * scale;
    const auto logits = nn::logits(head, x);
    EXPECT_TRUE(logits.argmax(1).equal(predict(probe, x))) << scale;
    const auto absent = at::tensor({0, 2, 5, 7}, at::kLong);
    EXPECT_EQ(logits.softmax(1).index_select(1, absent).max().item<float>(), 0) << scale;
    // Numbers of the others' size, which f16 and losses on logits can take.
    EXPECT_LE(logits.abs().max().item<double>(),
              logits.index_select(1, present).abs().max().item<double>() + 101)
        << scale;
  }
  EXPECT_THROW(fold(probe, {"0", "1", "2", "3", "4", "5"}), DataError);
}

TEST(LinearProbe, RefusesWhatItCannotFit) {
  const auto x = at::randn({6, 2});
  const auto y = at::tensor({0, 1, 0, 1, 0, 1}, at::kLong);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(fit_linear(x, y, 0), UsageError);
  EXPECT_THROW(fit_linear(x, y.clone().zero_(), 1), DataError);
  EXPECT_THROW(fit_linear(x, y - 1, 1), DataError);
  EXPECT_THROW(fit_linear(x * nan, y, 1), DataError);
  EXPECT_THROW(fit_linear(x, y.narrow(0, 0, 5), 1), DataError);
  EXPECT_THROW(predict(fit_linear(x, y, 1), at::randn({2, 3})), DataError);
}

TEST(LinearProbe, NamesTheRecordThatIsNotFinite) {
  auto x = at::randn({6, 2});
  x[4][1] = std::numeric_limits<float>::infinity();
  try {
    fit_linear(x, at::tensor({0, 1, 0, 1, 0, 1}, at::kLong), 1);
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("record 4 "), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace cs::eval
