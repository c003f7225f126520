#include "answers/noise.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "answers/queries.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "support/fake_victim.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

using test::FakeVictim;
using test::images_of;
using test::range;
using test::TempDir;

/// Asks about all images and then about `n` of them again.
Noise check_repeats(const Victim& victim, const store::Dataset& images, std::uint64_t n,
                    const QueryOptions& options = {}) {
  RepeatCheck check(n, options.repeats);
  query_images(victim, images, options,
               [&](const Answers& answers) { check.see(victim.info().kind, answers); });
  return check.measure(victim, images, options);
}

TEST(Noise, IsTheLargestAndMeanDifference) {
  Noise noise;
  noise.add({0.5, 0.25});
  noise.add({0.25, 0.75});
  const Json json = to_json(noise);
  EXPECT_EQ(json.at("pairs"), 2);
  EXPECT_EQ(json.at("largest_difference"), 0.5);
  EXPECT_EQ(json.at("mean_difference"), 0.375);
  EXPECT_EQ(json.at("lowest_cosine"), 0.25);
  EXPECT_EQ(json.at("mean_cosine"), 0.5);
  EXPECT_EQ(to_json(Noise{}).at("mean_cosine"), 1);
}

TEST(Noise, BetweenClassesDoesNotDependOnTheirNumbers) {
  const float a = 100;
  const float b = 101;
  EXPECT_EQ(difference_of(AnswerKind::kPrediction, &a, &b, 1).relative, 1);
  EXPECT_EQ(difference_of(AnswerKind::kPrediction, &a, &a, 1).relative, 0);
  EXPECT_NEAR(difference_of(AnswerKind::kEmbedding, &a, &b, 1).relative, 0.01, 1e-9);
}

TEST(RepeatCheck, OfAFunctionFindsNoNoise) {
  const TempDir dir;
  const store::Dataset images = images_of(dir / "i.lmdb", range(0, 23), 50);
  const FakeVictim victim(4, 2);
  const Noise noise = check_repeats(victim, images, 7);
  EXPECT_EQ(noise.pairs, 7U);
  EXPECT_EQ(noise.largest, 0);
  EXPECT_EQ(noise.lowest_cosine, 1);
  EXPECT_EQ(victim.asked().size(), 30U);
  EXPECT_EQ(check_repeats(victim, images, 100).pairs, 23U);
  EXPECT_EQ(check_repeats(victim, images, 0).pairs, 0U);
}

TEST(RepeatCheck, MeasuresNoiseOnTheImagesOfTheSmallestDigests) {
  const TempDir dir;
  const store::Dataset images = images_of(dir / "i.lmdb", range(0, 9), 50);
  FakeVictim victim(1);
  check_repeats(victim, images, 3);
  std::vector<std::uint64_t> again = victim.asked();
  std::vector<std::pair<std::string, std::uint64_t>> digests;
  const Queries queries = read_queries(images, 50, 9, 8);
  for (const Query& query : queries.list()) digests.emplace_back(query.digest.hex(), query.id);
  std::sort(digests.begin(), digests.end());
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(std::count(again.begin(), again.end(), digests[static_cast<std::size_t>(i)].second),
              2);

  victim.forget();
  victim.noise_ = 10;  // of the 9 first answers every second one, then of the 3 again 1
  const Noise noise = check_repeats(victim, images, 3);
  EXPECT_EQ(noise.pairs, 3U);
  EXPECT_GT(noise.largest, 0);
  EXPECT_LT(noise.lowest_cosine, 1);
}

TEST(RepeatCheck, ThroughACacheIsCountedAndAskedOnce) {
  const TempDir dir;
  const store::Dataset images = images_of(dir / "i.lmdb", {0, 1, 2, 3, 0, 1});
  AnswerCache cache(dir / "cache", Access::kWrite);
  FakeVictim victim(4);
  QueryOptions options;
  options.cache = &cache;
  options.account.budget = 6;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(check_repeats(victim, images, 2, options).pairs, 2U);
    EXPECT_EQ(victim.asked().size(), 6U);
    EXPECT_EQ(cache.ledger().at(0).counts.answered, 6U);
  }
  EXPECT_THROW(check_repeats(victim, images, 3, options), Incomplete);
  EXPECT_EQ(cache.ledger().at(0).counts.sent, 6U);
}

TEST(RepeatCheck, RefusesAVictimWhoseAnswersChangeTheirLength) {
  const TempDir dir;
  const store::Dataset images = images_of(dir / "i.lmdb", range(0, 5));
  FakeVictim victim;
  RepeatCheck check(2, 1);
  query_images(victim, images, {},
               [&](const Answers& answers) { check.see(AnswerKind::kEmbedding, answers); });
  victim.width_ = 3;
  EXPECT_NE(test::thrown<DataError>([&] {
              check.measure(victim, images, {});
            }).find("with 2 numbers, and then with 3"),
            std::string::npos);
}

TEST(RepeatCheck, SeesHowRepeatsDiffer) {
  RepeatCheck check(0, 3);
  Answers answers;
  answers.first = 6;  // image 2
  answers.images.resize(6);
  answers.values = {3, 4, 4, 3, 3, 4, 1, 0, 1, 0, 1, 1};
  check.see(AnswerKind::kEmbedding, answers);
  EXPECT_EQ(check.among_repeats().pairs, 4U);
  EXPECT_DOUBLE_EQ(check.among_repeats().largest, 1);
  EXPECT_DOUBLE_EQ(check.among_repeats().sum, std::sqrt(2.0) / 5 + 1);
  EXPECT_NEAR(check.among_repeats().lowest_cosine, std::sqrt(0.5), 1e-12);
}

}  // namespace
}  // namespace cs::answers
