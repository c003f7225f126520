#include "core/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

namespace cs {
namespace {

using FourWords = std::array<std::uint32_t, 4>;

TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (FourWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (FourWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (FourWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, IsPhiloxOfSeedRecordViewAndPurpose) {
  Random random(0x1122334455667788, Purpose::kView, 0x99AABBCCDDEEFF00, 7);
  for (std::uint32_t block = 0; block < 3; ++block) {
    const FourWords words =
        philox4x32({0xDDEEFF00, 0x99AABBCC, 7, (3U << 24U) + block}, {0x55667788, 0x11223344});
    for (const std::uint32_t word : words) EXPECT_EQ(random.bits(), word);
  }
}

TEST(Random, DiffersByEveryPartOfItsName) {
  const auto start = [](std::uint64_t seed, Purpose purpose, std::uint64_t record,
                        std::uint32_t view) {
    Random random(seed, purpose, record, view);
    const std::uint64_t high = random.bits();
    return high << 32U | random.bits();
  };
  const std::uint64_t big = std::uint64_t{1} << 32U;
  const std::set<std::uint64_t> all = {
      start(0, Purpose::kView, 0, 0),   start(1, Purpose::kView, 0, 0),
      start(big, Purpose::kView, 0, 0), start(0, Purpose::kSynth, 0, 0),
      start(0, Purpose::kView, 1, 0),   start(0, Purpose::kView, big, 0),
      start(0, Purpose::kView, 0, 1)};
  EXPECT_EQ(all.size(), 7U);
}

TEST(Random, StreamsDoNotDependOnTheOrderInWhichTheyAreUsed) {
  Random a(1, Purpose::kView, 10), b(1, Purpose::kView, 11);
  std::vector<std::uint32_t> interleaved, apart;
  for (int i = 0; i < 20; ++i) {
    interleaved.push_back(a.bits());
    b.bits();
  }
  Random again(1, Purpose::kView, 10);
  for (int i = 0; i < 20; ++i) apart.push_back(again.bits());
  EXPECT_EQ(interleaved, apart);
}

TEST(Random, CopiesGoOnFromTheSamePosition) {
  Random a(1, Purpose::kView, 10);
  a.bits();
  Random b = a;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.bits(), b.bits());
}

TEST(Random, BelowStaysInRangeAndReachesEveryValueEvenly) {
  Random random(3, Purpose::kSample, 0);
  std::array<int, 7> seen{};
  constexpr int kDraws = 70000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t x = random.below(7);
    ASSERT_LT(x, 7U);
    ++seen[x];
  }
  double chi2 = 0;
  for (const int n : seen) chi2 += std::pow(n - kDraws / 7.0, 2) / (kDraws / 7.0);
  EXPECT_LT(chi2, 22.5);  // 6 degrees of freedom, p = 0.001
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, BelowIsUnbiasedForHugeRanges) {
  // 3 * 2^62: a plain remainder would give the first third twice as often as the others.
  const std::uint64_t third = std::uint64_t{1} << 62U;
  Random random(4, Purpose::kSample, 0);
  int low = 0;
  constexpr int kDraws = 30000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t x = random.below(3 * third);
    ASSERT_LT(x, 3 * third);
    if (x < third) ++low;
  }
  EXPECT_NEAR(static_cast<double>(low) / kDraws, 1.0 / 3, 0.01);
}

TEST(Random, UniformNumbersFillTheUnitInterval) {
  Random random(5, Purpose::kSample, 0);
  double sum = 0, least = 1, most = 0;
  for (int i = 0; i < 100000; ++i) {
    const double x = random.uniform();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    sum += x;
    least = std::min(least, x);
    most = std::max(most, x);
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.005);
  EXPECT_LT(least, 0.001);
  EXPECT_GT(most, 0.999);
  for (int i = 0; i < 1000; ++i) {
    const double x = random.uniform(-3, -2);
    EXPECT_TRUE(x >= -3 && x <= -2);
  }
}

TEST(Random, ChanceHasTheProbabilityAsked) {
  Random random(6, Purpose::kSample, 0);
  int yes = 0;
  for (int i = 0; i < 100000; ++i) {
    yes += random.chance(0.2) ? 1 : 0;
    ASSERT_FALSE(random.chance(0));
    ASSERT_TRUE(random.chance(1));
  }
  EXPECT_NEAR(yes / 1e5, 0.2, 0.005);
}

TEST(Random, NormalNumbersHaveTheMomentsOfANormal) {
  Random random(7, Purpose::kSample, 0);
  constexpr int kDraws = 200000;
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.normal();
    ASSERT_TRUE(std::isfinite(x));
    m1 += x / kDraws;
    m2 += x * x / kDraws;
    m3 += x * x * x / kDraws;
    m4 += x * x * x * x / kDraws;
  }
  EXPECT_NEAR(m1, 0, 0.01);
  EXPECT_NEAR(m2, 1, 0.015);
  EXPECT_NEAR(m3, 0, 0.04);
  EXPECT_NEAR(m4, 3, 0.1);
}

}  // namespace
}  // namespace cs
