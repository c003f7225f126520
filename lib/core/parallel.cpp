#include "core/parallel.hpp"

#include <algorithm>
#include <exception>
#include <mutex>

#include "core/ordered.hpp"

namespace cs {
namespace {

/// Hands out the indices in order, so that all below one that failed have been handed out too.
class Work {
 public:
  Work(std::size_t count, const std::function<void(std::size_t)>& work)
      : count_(count), work_(work) {}

  /// Works until nothing is left to begin. Returns true, as the runner of threads wants a result.
  bool run() {
    std::unique_lock lock(mutex_);
    while (next_ < count_ && !failure_) {
      const std::size_t index = next_++;
      lock.unlock();
      std::exception_ptr failure;
      try {
        work_(index);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure && (!failure_ || index < failed_)) {
        failure_ = failure;
        failed_ = index;
      }
    }
    return true;
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  std::mutex mutex_;
  std::size_t next_ = 0;
  std::size_t failed_ = 0;  ///< whose exception `failure_` is
  std::exception_ptr failure_;
};

}  // namespace

void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  Work all(count, work);
  const std::size_t most = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
  Ordered<bool> others(std::max(static_cast<int>(most) - 1, 0));
  for (std::size_t i = 1; i < most; ++i) others.submit([&all] { return all.run(); });
  all.run();
  while (others.pending() > 0) others.next();
  all.rethrow();
}

}  // namespace cs
