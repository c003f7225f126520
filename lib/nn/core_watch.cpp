#include "nn/core_watch.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace cs::nn {
namespace {

/// Of start(): long enough for the kernel to interrupt a thread on a shared core some ten times.
constexpr std::chrono::milliseconds kTrial{150};
/// A step is too short to judge by; a newcomer waits for this long before anything is done.
constexpr double kWindow = 1;
/// One thread runs this long before all are tried again, twice as long after each failure.
constexpr double kFirstPatience = 5;
constexpr double kLongestPatience = 300;

/// A process of its own has over 0.9 of the cores, waiting threads included; beside one other busy
/// process two threads have 0.67 of two.
constexpr double kLeastShare = 0.8;
/// An idle machine takes a core away some 10 times in a second, a busy one 100 times and more.
constexpr double kMostInterruptions = 50;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

CoreWatch::Usage CoreWatch::usage_of_process() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration<double>(now).count(),
          seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<double>(used.ru_nivcsw)};
}

CoreWatch::CoreWatch(int threads, std::function<Usage()> usage)
    : threads_(threads), usage_(std::move(usage)), begin_(usage_()), patience_(kFirstPatience) {}

bool CoreWatch::contended(const Usage& now, int threads) {
  const double wall = now.wall_seconds - begin_.wall_seconds;
  const double share = (now.cpu_seconds - begin_.cpu_seconds) / wall / threads;
  const double rate = (now.interruptions - begin_.interruptions) / wall;
  begin_ = now;
  return share < kLeastShare && rate > kMostInterruptions;
}

int CoreWatch::start() {
  if (threads_ == 1) return 1;
  begin_ = usage_();
  const auto end = std::chrono::steady_clock::now() + kTrial;
  std::vector<std::thread> busy;
  busy.reserve(static_cast<std::size_t>(threads_));
  for (int i = 0; i < threads_; ++i)
    busy.emplace_back([end] {
      while (std::chrono::steady_clock::now() < end) continue;
    });
  for (std::thread& thread : busy) thread.join();
  shared_ = contended(usage_(), threads_);
  return shared_ ? 1 : threads_;
}

std::optional<int> CoreWatch::step() {
  if (threads_ == 1) return std::nullopt;
  const Usage now = usage_();
  if (now.wall_seconds - begin_.wall_seconds < (shared_ ? patience_ : kWindow)) return std::nullopt;
  const bool shared = contended(now, shared_ ? 1 : threads_);
  if (shared == shared_) return std::nullopt;
  shared_ = shared;
  if (shared_) return 1;
  patience_ = std::min(2 * patience_, kLongestPatience);
  return threads_;
}

}  // namespace cs::nn
