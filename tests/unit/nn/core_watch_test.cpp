#include "nn/core_watch.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace cs::nn {
namespace {

/// A process whose use of the cores is made up.
class CoreWatchTest : public ::testing::Test {
 protected:
  /// One step of `wall` seconds, in which the process had `cores` and lost one `rate` times a
  /// second.
  std::optional<int> step(double wall, double cores, double rate) {
    used_.wall_seconds += wall;
    used_.cpu_seconds += wall * cores;
    used_.interruptions += wall * rate;
    return watch_.step();
  }

  CoreWatch::Usage used_;
  CoreWatch watch_{2, [this] { return used_; }};
};

TEST_F(CoreWatchTest, LeavesTheThreadsOfAnIdleMachineAlone) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(step(0.5, 1.9, 10), std::nullopt);
}

TEST_F(CoreWatchTest, GoesOnWithOneThreadWhereCoresAreShared) {
  EXPECT_EQ(step(0.6, 0.7, 250), std::nullopt) << "too short to judge by";
  EXPECT_EQ(step(0.6, 0.7, 250), 1);
  EXPECT_EQ(step(3, 0.5, 150), std::nullopt);
  EXPECT_EQ(step(3, 0.5, 150), std::nullopt) << "still shared";
}

TEST_F(CoreWatchTest, JudgesOneLongStepAtOnce) { EXPECT_EQ(step(5, 0.7, 250), 1); }

TEST_F(CoreWatchTest, TellsWaitingForFilesFromSharing) {
  EXPECT_EQ(step(5, 0.5, 5), std::nullopt) << "few interruptions";
  EXPECT_EQ(step(5, 1.8, 250), std::nullopt) << "interrupted, and yet nearly all of both cores";
}

TEST_F(CoreWatchTest, TakesAllThreadsAgainWhenTheCoresAreFree) {
  ASSERT_EQ(step(2, 0.7, 250), 1);
  EXPECT_EQ(step(4, 1, 3), std::nullopt);
  EXPECT_EQ(step(4, 1, 3), 2);
}

TEST_F(CoreWatchTest, TriesAllThreadsEverMoreSeldomWhereThatFails) {
  double waited = 0;
  for (int tries = 0; tries < 4; ++tries) {
    ASSERT_EQ(step(1, 0.7, 250), 1);
    double alone = 0;
    for (std::optional<int> next; !next; alone += 1) next = step(1, 1, 3);
    EXPECT_GT(alone, 1.5 * waited);
    waited = alone;
  }
}

/// What start() says of a process that gets `cores` and loses one `rate` times a second.
int start_with(double cores, double rate) {
  CoreWatch::Usage used;
  CoreWatch watch(2, [&] {
    used.wall_seconds += 1;
    used.cpu_seconds += cores;
    used.interruptions += rate;
    return used;
  });
  return watch.start();
}

TEST(CoreWatch, StartsWithOneThreadWhereCoresAreShared) {
  EXPECT_EQ(start_with(1.95, 5), 2);
  EXPECT_EQ(start_with(1.95, 200), 2);
  EXPECT_EQ(start_with(0.9, 5), 2);
  EXPECT_EQ(start_with(0.9, 200), 1);
}

TEST(CoreWatch, GoesOnFromWhereItStarted) {
  CoreWatch::Usage used;
  CoreWatch watch(2, [&] {
    return used = {used.wall_seconds + 6, used.cpu_seconds + 3, used.interruptions + 900};
  });
  ASSERT_EQ(watch.start(), 1);
  EXPECT_EQ(watch.step(), std::nullopt) << "the cores are shared still";
}

TEST(CoreWatch, HasNothingToTakeAwayFromOneThread) {
  CoreWatch::Usage used;
  CoreWatch watch(1, [&] { return used; });
  used = {10, 1, 5000};
  EXPECT_EQ(watch.step(), std::nullopt);
}

TEST(CoreWatch, ReadsTheUseOfThisProcess) {
  const CoreWatch::Usage before = CoreWatch::usage_of_process();
  volatile double sum = 0;
  CoreWatch::Usage after = before;
  while (after.cpu_seconds < before.cpu_seconds + 0.05) {
    for (int i = 0; i < 1000; ++i) sum = sum + i;
    after = CoreWatch::usage_of_process();
  }
  EXPECT_GE(after.wall_seconds - before.wall_seconds, 0.04);
  EXPECT_GE(after.interruptions, before.interruptions);
}

}  // namespace
}  // namespace cs::nn
