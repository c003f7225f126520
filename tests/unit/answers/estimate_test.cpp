#include "answers/estimate.hpp"

#include <gtest/gtest.h>

#include "answers/merge.hpp"
#include "answers/query.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "support/fake_victim.hpp"
#include "support/temp_dir.hpp"

namespace cs::answers {
namespace {

using store::Dataset;
using test::FakeVictim;
using test::images_of;
using test::range;

void ask_for_all(const Victim& victim, const Dataset& images, const QueryOptions& options) {
  query_images(victim, images, options, [](const Answers&) {});
}

TEST(Estimate, CountsWithoutAskingOrWriting) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", {0, 1, 0, 2, 1, 0});
  const FakeVictim victim(2);
  const std::filesystem::path folder = dir / "cache";
  const Json before = estimate(victim, images, {folder, {"attack", 2}, 0.5, 1});
  EXPECT_EQ(before.at("images"), 6);
  EXPECT_EQ(before.at("distinct"), 3);
  EXPECT_EQ(before.at("calls"), 3);
  EXPECT_EQ(before.at("price"), 1.5);
  EXPECT_EQ(before.at("budget_left"), 2);
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_TRUE(victim.asked().empty());
  EXPECT_EQ(estimate(victim, images, {}).at("calls"), 6);
  EXPECT_TRUE(estimate(victim, images, {}).at("budget_left").is_null());
  {
    AnswerCache cache(folder, Access::kWrite);
    EXPECT_THROW(ask_for_all(victim, images, {1, &cache, {"attack", 2}}), Incomplete);
    ask_for_all(victim, images, {1, &cache, {"attack", 3}});
  }
  const Json after = estimate(victim, images, {folder, {"attack", 5}, 0.5, 1});
  EXPECT_EQ(after.at("cached"), 3);
  EXPECT_EQ(after.at("calls"), 0);
  EXPECT_EQ(after.at("budget_left"), 2);
  EXPECT_EQ(estimate(victim, images, {folder, {"other", 5}, 0.5, 1}).at("budget_left"), 5);
}

TEST(Estimate, CountsOtherCachesAsIfTheyHadBeenMerged) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 10));
  const FakeVictim victim(2);
  for (const char* name : {"a", "b"}) {
    AnswerCache cache(dir / name, Access::kWrite);
    const std::uint64_t from = *name == 'a' ? 0 : 4;
    ask_for_all(victim, images_of(dir / "part.lmdb", range(from, from + 5)), {1, &cache});
  }
  RunOptions run;
  run.account.budget = 100;
  run.cache = dir / "new";
  run.from = {dir / "a", dir / "b"};
  for (const char* cache : {"new", "c"}) {  // none, and one that knows of both
    run.cache = dir / cache;
    const Json json = estimate(victim, images, run);
    EXPECT_EQ(json.at("cached"), 9);
    EXPECT_EQ(json.at("calls"), 1);
    EXPECT_EQ(json.at("budget_left"), 90);
    std::vector<Merged> merged;
    open_merged(dir / "c", run.from, merged);
  }
  EXPECT_FALSE(std::filesystem::exists(dir / "new"));
}

TEST(Estimate, CountsRepeatsCanariesAndSecondAnswers) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 10));
  FakeVictim victim(2);
  RunOptions run;
  run.cache = dir / "cache";
  run.repeat_check = 4;
  EXPECT_EQ(estimate(victim, images, run).at("calls"), 14);
  run.canaries = 5;
  {
    AnswerCache cache(run.cache, Access::kWrite);
    ask_for_all(victim, images_of(dir / "part.lmdb", range(0, 3)), {1, &cache});
  }
  EXPECT_EQ(estimate(victim, images, run).at("calls"), 7 + 4 + 3);
  run.repeats = 3;
  EXPECT_EQ(estimate(victim, images, run).at("calls"), 27 + 3);
  EXPECT_EQ(estimate(victim, images, run).at("cached"), 3);
}

}  // namespace
}  // namespace cs::answers
