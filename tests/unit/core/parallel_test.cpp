#include "core/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/address_space.hpp"

namespace cs {
namespace {

class ParallelForOn : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Threads, ParallelForOn, testing::Values(0, 1, 2, 7));

TEST_P(ParallelForOn, CallsEveryIndexOnce) {
  for (const std::size_t count : {0U, 1U, 2U, 300U}) {
    std::vector<std::atomic<int>> calls(count);
    parallel_for(count, GetParam(), [&](std::size_t i) { ++calls[i]; });
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(calls[i], 1) << i;
  }
}

TEST_P(ParallelForOn, RethrowsTheExceptionOfTheLowestIndex) {
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::atomic<int> calls{0};
    try {
      parallel_for(10000, GetParam(), [&](std::size_t i) {
        ++calls;
        std::this_thread::sleep_for(std::chrono::microseconds(i * 7919 % 50));
        if (i >= 30 && i % 2 == 0) throw std::runtime_error(std::to_string(i));
      });
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& e) {
      EXPECT_STREQ(e.what(), "30");
    }
    EXPECT_LT(calls, 100);  // the rest was left
  }
}

TEST(ParallelFor, WorksWithTheThreadsThatItGets) {
  if (!test::AddressSpaceLimit::works()) GTEST_SKIP() << "a sanitizer needs all memory";
  for (const rlim_t room : {1U << 20U, 20U << 20U}) {  // a stack takes 8 MiB
    std::atomic<int> calls{0};
    {
      const test::AddressSpaceLimit limit(room);
      parallel_for(100, 16, [&](std::size_t /*i*/) { ++calls; });
    }
    EXPECT_EQ(calls, 100);
  }
}

TEST(ParallelFor, UsesTheCallersThreadAndOthers) {
  std::atomic<std::size_t> waiting{0};
  std::vector<std::thread::id> ran(3);
  parallel_for(3, 3, [&](std::size_t i) {
    ran[i] = std::this_thread::get_id();
    ++waiting;
    while (waiting < 3) std::this_thread::yield();  // ends only if three run at once
  });
  const std::set<std::thread::id> ids(ran.begin(), ran.end());
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(ids.count(std::this_thread::get_id()), 1U);
}

}  // namespace
}  // namespace cs
