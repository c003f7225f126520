/// Work done ahead by several threads, taken in order by one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace cs {

/// Computes make(0) .. make(count - 1) on `threads` threads and hands the results out in order:
/// what comes out does not depend on the number of threads. At most twice `threads` results wait
/// or are under way, so memory is bounded. With 0 threads, next() does the work itself.
/// The first exception of make() in order is rethrown by next(). Destruction waits for what is
/// under way and drops the rest. Where the system grants fewer threads, those do the work.
///
///     Pipeline<Mat> decoded(files.size(), threads, [&](std::size_t i) { return decode(files[i]);
///     }); for (Mat image; decoded.next(image);) writer.append(image);
template <typename T>
class Pipeline {
 public:
  Pipeline(std::size_t count, int threads, std::function<T(std::size_t)> make)
      : count_(count), ahead_(2 * static_cast<std::size_t>(threads)), make_(std::move(make)) {
    threads_.reserve(static_cast<std::size_t>(threads));
    try {
      for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {  // no more to be had: the results are the same
    }
  }
  ~Pipeline() {
    {
      const std::lock_guard lock(mutex_);
      quit_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// The next result; false after the last.
  bool next(T& result) {
    if (taken_ == count_) return false;
    if (threads_.empty()) {
      result = make_(taken_++);
      return true;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_.count(taken_) > 0; });
    Outcome outcome = std::move(ready_.at(taken_));
    ready_.erase(taken_++);
    lock.unlock();
    changed_.notify_all();
    if (outcome.failure) std::rethrow_exception(outcome.failure);
    result = std::move(outcome.result);
    return true;
  }

 private:
  struct Outcome {
    T result{};
    std::exception_ptr failure;
  };

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return quit_ || (begun_ < count_ && begun_ < taken_ + ahead_); });
      if (quit_) return;
      const std::size_t index = begun_++;
      lock.unlock();
      Outcome outcome;
      try {
        outcome.result = make_(index);
      } catch (...) {
        outcome.failure = std::current_exception();
      }
      lock.lock();
      ready_.emplace(index, std::move(outcome));
      changed_.notify_all();
    }
  }

  const std::size_t count_, ahead_;
  const std::function<T(std::size_t)> make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Outcome> ready_;
  std::size_t begun_ = 0;  ///< handed to a thread
  std::size_t taken_ = 0;  ///< handed out; written by next() alone
  bool quit_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cs
