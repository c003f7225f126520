#include "eval/interval.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"

namespace cs::eval {
namespace {

TEST(Matches, AreOneWhereThePredictionsAreEqual) {
  const auto a = at::tensor({1, 2, 3, 4}, at::kLong);
  const auto b = at::tensor({1, 0, 3, 0}, at::kLong);
  EXPECT_EQ(matches(a, b), (std::vector<double>{1, 0, 1, 0}));
  EXPECT_THROW(matches(a, b.narrow(0, 0, 3)), DataError);
  EXPECT_THROW(matches(a.narrow(0, 0, 0), b.narrow(0, 0, 0)), DataError);
}

TEST(Bootstrap, HasTheWidthOfTheBinomialForZeroesAndOnes) {
  std::vector<double> values(2000, 0.0);
  for (std::size_t i = 0; i < 1400; ++i) values[i] = 1;
  const auto estimate = bootstrap_mean(values, 1, 4000);
  const double half = 1.95996 * std::sqrt(0.7 * 0.3 / 2000);
  EXPECT_DOUBLE_EQ(estimate.mean, 0.7);
  EXPECT_NEAR(estimate.low, 0.7 - half, 0.0015);
  EXPECT_NEAR(estimate.high, 0.7 + half, 0.0015);
}

TEST(Bootstrap, CoversTheTrueMeanInAboutNineteenOfTwentyExperiments) {
  int covered = 0;
  for (std::uint64_t experiment = 0; experiment < 400; ++experiment) {
    Random random(7, Purpose::kSynth, experiment);
    std::vector<double> values(200);
    for (auto& value : values) value = random.chance(0.8) ? 1 : 0;
    const auto estimate = bootstrap_mean(values, experiment, 500);
    covered += estimate.low <= 0.8 && 0.8 <= estimate.high;
  }
  EXPECT_GE(covered, 366);  // 380 expected; 366 is over three standard deviations below
  EXPECT_LE(covered, 394);
}

TEST(Bootstrap, RepeatsForTheSameSeedAndNotForAnother) {
  const std::vector<double> values{0, 1, 1, 0, 1, 1, 1, 0.5, 0.25, 0};
  const auto once = bootstrap_mean(values, 3);
  const auto again = bootstrap_mean(values, 3);
  EXPECT_EQ(once.low, again.low);
  EXPECT_EQ(once.high, again.high);
  EXPECT_NE(bootstrap_mean({0, 0.1, 0.7, 2.5}, 3).low, bootstrap_mean({0, 0.1, 0.7, 2.5}, 4).low);
}

TEST(Bootstrap, OfEqualValuesIsAPoint) {
  const auto estimate = bootstrap_mean({1, 1, 1}, 0);
  EXPECT_EQ(estimate.mean, 1);
  EXPECT_EQ(estimate.low, 1);
  EXPECT_EQ(estimate.high, 1);
  EXPECT_THROW(bootstrap_mean({}, 0), DataError);
  EXPECT_THROW(bootstrap_mean({1}, 0, 0), UsageError);
}

}  // namespace
}  // namespace cs::eval
