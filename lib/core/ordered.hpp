/// Work on several threads, the results taken in order by one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace cs {

/// Runs what is handed in on `threads` threads and returns the results in the order of submit(), so
/// nothing depends on the number of threads. With 0 threads, next() does the work itself. Where the
/// system grants fewer threads, those do the work. Destruction waits for what is under way and
/// drops the rest.
///
/// One thread owns the object. It bounds memory by taking a result whenever full() holds:
///
///     Ordered<Mat> decoded(threads);
///     while (read(file)) {
///       decoded.submit([file] { return decode(file); });
///       while (decoded.full()) writer.append(decoded.next());
///     }
///     while (decoded.pending() > 0) writer.append(decoded.next());
template <typename T>
class Ordered {
 public:
  explicit Ordered(int threads) {
    threads_.reserve(static_cast<std::size_t>(threads));
    try {
      for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::exception&) {  // no more threads or memory: the results are the same
    }
  }
  ~Ordered() {
    {
      const std::lock_guard lock(mutex_);
      quit_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Ordered(const Ordered&) = delete;
  Ordered& operator=(const Ordered&) = delete;

  void submit(std::function<T()> make) {
    {
      const std::lock_guard lock(mutex_);
      pieces_.push_back({std::move(make), T{}, nullptr, false});
    }
    wake_.notify_one();
  }

  /// The oldest result not yet taken, of which there must be one; rethrows what its work threw.
  T next() {
    std::unique_lock lock(mutex_);
    Piece& oldest = pieces_.front();
    if (threads_.empty()) {
      ++begun_;
      run(oldest);
      oldest.done = true;
    }
    done_.wait(lock, [&] { return oldest.done; });
    Piece taken = std::move(oldest);
    pieces_.pop_front();
    --begun_;
    lock.unlock();
    if (taken.failure) std::rethrow_exception(taken.failure);
    return std::move(taken.result);
  }

  std::size_t pending() const { return pieces_.size(); }  ///< handed in and not taken
  /// Whether twice as many as there are threads are pending: more would keep no thread busier.
  bool full() const { return pending() >= (threads_.empty() ? 1 : 2 * threads_.size()); }

 private:
  struct Piece {
    std::function<T()> make;
    T result;
    std::exception_ptr failure;
    bool done;
  };

  static void run(Piece& piece) {
    try {
      piece.result = piece.make();
    } catch (...) {
      piece.failure = std::current_exception();
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return quit_ || begun_ < pieces_.size(); });
      if (quit_) return;
      Piece& piece = pieces_[begun_++];  // stays where it is while others come and go
      lock.unlock();
      run(piece);
      lock.lock();
      piece.done = true;
      if (&piece == &pieces_.front()) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;  ///< for the threads, and for the owner
  std::deque<Piece> pieces_;             ///< changed by the owner alone
  std::size_t begun_ = 0;                ///< how many of `pieces_`, from the front
  bool quit_ = false;
  std::vector<std::thread> threads_;
};

/// The results of make(0) .. make(count - 1), in order, made ahead on `threads` threads: at most
/// twice as many as there are threads wait or are under way.
///
///     Pipeline<Mat> decoded(files.size(), threads, [&](auto i) { return decode(files[i]); });
///     for (Mat image; decoded.next(image);) writer.append(image);
template <typename T>
class Pipeline {
 public:
  Pipeline(std::size_t count, int threads, std::function<T(std::size_t)> make)
      : count_(count), make_(std::move(make)), work_(threads) {
    fill();
  }

  /// The next result; false after the last. Rethrows what its make() threw; the call after that
  /// goes on behind it.
  bool next(T& result) {
    if (work_.pending() == 0) return false;
    struct Refill {  // after a failure too
      Pipeline& pipeline;
      ~Refill() { pipeline.fill(); }
    } const refill{*this};
    result = work_.next();
    return true;
  }

 private:
  void fill() {
    for (; begun_ < count_ && !work_.full(); ++begun_)
      work_.submit([this, index = begun_] { return make_(index); });
  }

  const std::size_t count_;
  const std::function<T(std::size_t)> make_;
  std::size_t begun_ = 0;
  Ordered<T> work_;  ///< last member: its threads use the others
};

}  // namespace cs
