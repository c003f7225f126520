#include "core/ordered.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/address_space.hpp"

namespace cs {
namespace {

void wait_a_little(std::size_t index) {
  std::this_thread::sleep_for(std::chrono::microseconds(index * 7919 % 500));
}

class PipelineOf : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Threads, PipelineOf, testing::Values(0, 1, 2, 7));

TEST_P(PipelineOf, HandsOutEveryResultInOrder) {
  Pipeline<std::size_t> squares(300, GetParam(), [](std::size_t i) {
    wait_a_little(i);
    return i * i;
  });
  std::vector<std::size_t> got;
  for (std::size_t x = 0; squares.next(x);) got.push_back(x);
  ASSERT_EQ(got.size(), 300U);
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], i * i);
  std::size_t x = 0;
  EXPECT_FALSE(squares.next(x));
}

TEST_P(PipelineOf, RethrowsExceptionsInOrderAndGoesOn) {
  Pipeline<std::size_t> odd(100, GetParam(), [](std::size_t i) {
    wait_a_little(100 - i);
    if (i % 10 == 3) throw std::runtime_error(std::to_string(i));
    return i;
  });
  for (std::size_t i = 0; i < 100; ++i) {
    std::size_t x = 0;
    if (i % 10 != 3) {
      ASSERT_TRUE(odd.next(x));
      EXPECT_EQ(x, i);
      continue;
    }
    try {
      odd.next(x);
      FAIL() << "record " << i << " threw nothing";
    } catch (const std::runtime_error& e) {
      EXPECT_EQ(e.what(), std::to_string(i));
    }
  }
}

TEST_P(PipelineOf, MayBeLeftBeforeItsEnd) {
  std::atomic<int> made{0};
  {
    Pipeline<int> endless(1000000000, GetParam(), [&](std::size_t) { return ++made; });
    int x = 0;
    EXPECT_TRUE(endless.next(x));
  }
  const int after = made;
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_EQ(made, after);
  Pipeline<int> untouched(1000000000, GetParam(), [&](std::size_t) { return ++made; });
}

TEST_P(PipelineOf, OfNothingEndsAtOnce) {
  Pipeline<int> none(0, GetParam(), [](std::size_t) -> int { throw std::logic_error("called"); });
  int x = 0;
  EXPECT_FALSE(none.next(x));
}

TEST_P(PipelineOf, CarriesResultsThatCannotBeCopied) {
  Pipeline<std::unique_ptr<std::size_t>> boxes(
      20, GetParam(), [](std::size_t i) { return std::make_unique<std::size_t>(i); });
  std::size_t i = 0;
  for (std::unique_ptr<std::size_t> box; boxes.next(box); ++i) EXPECT_EQ(*box, i);
  EXPECT_EQ(i, 20U);
}

TEST(Pipeline, RunsAheadByAtMostTwiceItsThreads) {
  std::atomic<int> begun{0};
  Pipeline<int> results(1000, 3, [&](std::size_t) { return ++begun; });
  for (int taken = 0; taken < 50; ++taken) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    EXPECT_LE(begun, taken + 6);
    int x = 0;
    ASSERT_TRUE(results.next(x));
  }
}

TEST(Pipeline, WorksOnSeveralThreadsAtOnce) {
  std::atomic<int> inside{0};
  Pipeline<bool> met(2, 2, [&](std::size_t) {
    ++inside;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (inside < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return inside == 2;
  });
  for (bool both = false; met.next(both);) EXPECT_TRUE(both);
}

TEST(Pipeline, WorksWithTheThreadsThatItGets) {
  if (!test::AddressSpaceLimit::works()) GTEST_SKIP() << "a sanitizer needs all memory";
  for (const rlim_t room : {1U << 20U, 20U << 20U}) {  // a stack takes 8 MiB
    const test::AddressSpaceLimit tight(room);
    Pipeline<std::size_t> squares(100, 16, [](std::size_t i) { return i * i; });
    std::size_t i = 0;
    for (std::size_t x = 0; squares.next(x); ++i) EXPECT_EQ(x, i * i);
    EXPECT_EQ(i, 100U);
  }
}

}  // namespace
}  // namespace cs
