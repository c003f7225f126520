#include "answers/canaries.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "support/fake_victim.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

using store::Dataset;
using test::FakeVictim;
using test::images_of;
using test::range;
using test::TempDir;
using test::thrown;

/// A victim that may change, and a cache with its answers to images 0 to 9 of 0 to 19.
struct Audit {
  Audit() : cache(dir / "cache", Access::kWrite) {
    victim.may_change_ = true;
    query.cache = &cache;
    query_images(victim, some, query, [](const Answers&) {});
    victim.forget();
  }
  std::uint64_t canaries() { return check_canaries(victim, images, query, options); }
  Counts counts() const { return cache.ledger().at(0).counts; }
  std::string message() {
    return thrown<DataError>([&] { canaries(); });
  }

  const TempDir dir;
  const Dataset some = images_of(dir / "some.lmdb", range(0, 10));
  const Dataset images = images_of(dir / "i.lmdb", range(0, 20), 50);
  AnswerCache cache;
  FakeVictim victim;
  QueryOptions query;
  RunOptions options;
};

TEST(Canaries, AreAFewCachedImagesThatAreCountedAndNotKept) {
  Audit audit;
  for (int i = 1; i <= 2; ++i) {
    EXPECT_EQ(audit.canaries(), 0U);
    EXPECT_EQ(audit.victim.asked(), range(50, 53));
    EXPECT_EQ(audit.counts().answered, static_cast<std::uint64_t>(10 + 3 * i));
    EXPECT_EQ(audit.cache.answers(), 10U);
    audit.victim.forget();
  }
  audit.options.canaries = 100;
  audit.canaries();
  EXPECT_EQ(audit.victim.asked(), range(50, 60));
}

TEST(Canaries, AreNotSentForAFixedFunctionNorWhereNothingIsToBeAsked) {
  Audit audit;
  audit.victim.may_change_ = false;
  audit.canaries();
  audit.victim.may_change_ = true;
  audit.options.canaries = 0;
  audit.canaries();
  audit.options.canaries = 5;
  check_canaries(audit.victim, audit.some, audit.query, audit.options);  // all are there
  const Dataset others = images_of(audit.dir / "others.lmdb", range(30, 40));
  check_canaries(audit.victim, others, audit.query, audit.options);  // none is there
  EXPECT_TRUE(audit.victim.asked().empty());
  audit.query.repeats = 2;  // and none of the second answers is
  check_canaries(audit.victim, audit.some, audit.query, audit.options);
  EXPECT_EQ(audit.victim.asked(), range(0, 5));
}

TEST(Canaries, TellWhatChanged) {
  Audit audit;
  audit.victim.changed_ = true;
  const std::string message = audit.message();
  EXPECT_EQ(message.find("fake: has changed since "), 0U) << message;
  EXPECT_NE(message.find("its answer to record 50 differs from the one in the cache by "),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("`new-epoch`"), std::string::npos);
  audit.victim.changed_ = false;
  audit.victim.width_ = 3;
  EXPECT_NE(audit.message().find("it answers record 50 with 3 numbers, and the cache holds 2"),
            std::string::npos);
  audit.victim.width_ = 2;
  EXPECT_EQ(audit.canaries(), 0U);
}

TEST(Canaries, TolerateALittle) {
  Audit audit;
  audit.victim.noise_ = 1e-3F;
  EXPECT_EQ(audit.canaries(), 0U);
  audit.victim.noise_ = 100;
  EXPECT_THROW(audit.canaries(), DataError);
  audit.options.tolerance = 1000;
  EXPECT_EQ(audit.canaries(), 0U);
}

TEST(Canaries, TolerateTwiceTheNoiseThatIsKnown) {
  Audit audit;
  const Target target = target_of(audit.victim, 0);
  audit.victim.noise_ = 100;  // in the second of three answers
  const auto pixels = test::pixels_of(1, 48);
  const double apart = 100 / std::hypot(pixels[0], pixels[1]);
  audit.cache.note_noise(target, 0.49 * apart);
  EXPECT_THROW(audit.canaries(), DataError);
  audit.victim.forget();
  audit.cache.note_noise(target, 0.51 * apart);
  EXPECT_EQ(audit.canaries(), 0U);
  audit.cache.note_noise(target, 1000);
  EXPECT_EQ(audit.canaries(), 0U);
  audit.cache.note_noise(target, 1);  // the largest stays
  EXPECT_EQ(audit.cache.noise(target), 1000);
  EXPECT_EQ(audit.canaries(), 0U);
}

TEST(Canaries, CompareClassesByName) {
  const TempDir dir;
  FakeVictim victim;
  victim.info_.kind = AnswerKind::kPrediction;
  victim.width_ = 1;
  AnswerCache cache(dir / "cache", Access::kWrite);
  QueryOptions query;
  query.cache = &cache;
  query_images(victim, images_of(dir / "some.lmdb", range(1, 10)), query, [](const Answers&) {});
  victim.noise_ = 1;  // classes have numbers of up to 255
  RunOptions options;
  options.canaries = 9;
  const std::string message = thrown<DataError>(
      [&] { check_canaries(victim, images_of(dir / "i.lmdb", range(1, 20)), query, options); });
  EXPECT_NE(message.find("with class "), std::string::npos) << message;
}

TEST(Canaries, BeginAnEpochOnceAndStayInIt) {
  Audit audit;
  EXPECT_EQ(audit.canaries(), 0U);
  audit.options.new_epoch = true;
  EXPECT_EQ(audit.canaries(), 0U);  // nothing changed
  audit.victim.changed_ = true;
  EXPECT_EQ(audit.canaries(), 1U);
  audit.query.epoch = 1;
  std::vector<float> values;
  audit.victim.forget();
  query_images(audit.victim, audit.some, audit.query, [&](const Answers& answers) {
    values.insert(values.end(), answers.values.begin(), answers.values.end());
  });
  EXPECT_EQ(audit.victim.asked(), range(0, 10));  // all of them again
  EXPECT_EQ(values[0], static_cast<float>(test::pixels_of(0, 48)[1]));
  EXPECT_EQ(audit.canaries(), 1U);  // no third one
  audit.options.new_epoch = false;
  EXPECT_EQ(audit.canaries(), 1U);
  audit.victim.changed_ = false;
  EXPECT_THROW(audit.canaries(), DataError);  // back to what it was is another change
  audit.options.new_epoch = true;
  EXPECT_EQ(audit.canaries(), 2U);
  audit.cache.begin_epoch(target_of(audit.victim, 0).victim, 1);
  EXPECT_EQ(audit.canaries(), 2U);  // epochs do not go back
}

TEST(Canaries, ShareTheBudgetOfAllEpochs) {
  Audit audit;
  audit.query.account.budget = 14;
  audit.victim.changed_ = true;
  audit.options.new_epoch = true;
  EXPECT_EQ(audit.canaries(), 1U);  // 13 by now
  audit.query.epoch = 1;
  audit.victim.forget();
  EXPECT_THROW(query_images(audit.victim, audit.some, audit.query, [](const Answers&) {}),
               Incomplete);
  EXPECT_EQ(audit.victim.asked().size(), 1U);
  EXPECT_THROW(audit.canaries(), Incomplete);
  EXPECT_EQ(audit.victim.asked().size(), 1U);
}

TEST(Canaries, ThatAreNotAnsweredEndTheRun) {
  Audit audit;
  audit.victim.broken_ = 51;
  EXPECT_NE(thrown<Incomplete>([&] { audit.canaries(); }).find("did not answer about record 51"),
            std::string::npos);
  EXPECT_EQ(audit.counts().failed, 1U);
}

TEST(Canaries, AreNeededForANewEpoch) {
  Audit audit;
  audit.options.new_epoch = true;
  audit.options.canaries = 0;
  EXPECT_THROW(audit.canaries(), UsageError);
}

}  // namespace
}  // namespace cs::answers
