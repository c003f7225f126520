#include "sample/decoding.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "augment/operations.hpp"
#include "core/error.hpp"
#include "core/stop.hpp"

namespace cs::sample {
namespace {

using Take = std::function<void(const Decoded&)>;

Decoded decode_one(const source::Source& source, int size, std::size_t index,
                   std::string_view bytes) {
  Decoded decoded{index, bytes, {}, ""};
  try {
    decoded.image = source.decode(index, bytes);
    if (size > 0) decoded.image = augment::central_square(decoded.image, size);
  } catch (const DataError& e) {
    decoded.problem = e.what();
  }
  return decoded;
}

/// Items whose bytes lie one after the other, decoded by one thread at a time.
struct Block {
  std::string bytes;
  std::vector<std::pair<std::size_t, std::size_t>> items;  ///< index, end in `bytes`
  std::vector<Decoded> decoded;
  std::exception_ptr failure;
  bool ready = false;
};

/// Threads that decode blocks; the one that reads hands blocks in and takes them out in order. The
/// opposite of Pipeline: here the items come by themselves. Where the system grants fewer threads,
/// those do the work; where none, the one that reads.
class Decoders {
 public:
  Decoders(const source::Source& source, const Decoding& decoding, const Take& take)
      : source_(source), size_(decoding.size), take_(take) {
    threads_.reserve(static_cast<std::size_t>(decoding.threads));
    try {
      for (int i = 0; i < decoding.threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {  // no more to be had: the results are the same
    }
  }
  ~Decoders() {
    {
      const std::lock_guard lock(mutex_);
      quit_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Decoders(const Decoders&) = delete;
  Decoders& operator=(const Decoders&) = delete;

  void add(std::size_t index, std::string_view bytes) {
    constexpr std::size_t kBytes = std::size_t{256} << 10U;
    constexpr std::size_t kItems = 128;
    if (!filling_) filling_ = std::make_unique<Block>();
    filling_->bytes += bytes;
    filling_->items.emplace_back(index, filling_->bytes.size());
    if (filling_->bytes.size() < kBytes && filling_->items.size() < kItems) return;
    submit();
    while (!blocks_.empty() && blocks_.size() >= 2 * threads_.size()) deliver();
  }

  void finish() {
    if (filling_) submit();
    while (!blocks_.empty()) deliver();
  }

 private:
  void submit() {
    if (threads_.empty()) {
      decode_all(*filling_);
      filling_->ready = true;
      blocks_.push_back(std::move(filling_));
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(filling_.get());
      blocks_.push_back(std::move(filling_));
    }
    changed_.notify_all();
  }

  void deliver() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return blocks_.front()->ready; });
    const std::unique_ptr<Block> block = std::move(blocks_.front());
    blocks_.pop_front();
    lock.unlock();
    check_stop();
    if (block->failure) std::rethrow_exception(block->failure);
    for (const Decoded& decoded : block->decoded) take_(decoded);
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return quit_ || !waiting_.empty(); });
      if (quit_) return;
      Block& block = *waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      try {
        decode_all(block);
      } catch (...) {
        block.failure = std::current_exception();
      }
      lock.lock();
      block.ready = true;
      changed_.notify_all();
    }
  }

  void decode_all(Block& block) const {
    block.decoded.reserve(block.items.size());
    std::size_t begin = 0;
    for (const auto& [index, end] : block.items) {
      const auto bytes = std::string_view(block.bytes).substr(begin, end - begin);
      block.decoded.push_back(decode_one(source_, size_, index, bytes));
      begin = end;
    }
  }

  const source::Source& source_;
  const int size_;
  const Take& take_;
  std::unique_ptr<Block> filling_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Block>> blocks_;  ///< in order, until they are taken
  std::deque<Block*> waiting_;                 ///< those that no thread has begun
  bool quit_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

void decode_each(const source::Source& source, const std::vector<std::size_t>& wanted,
                 const Decoding& decoding, const Take& take) {
  if (decoding.threads <= 1) {
    source.read(wanted, [&](std::size_t position, std::string_view bytes) {
      take(decode_one(source, decoding.size, wanted[position], bytes));
    });
    return;
  }
  Decoders decoders(source, decoding, take);
  source.read(wanted, [&](std::size_t position, std::string_view bytes) {
    decoders.add(wanted[position], bytes);
  });
  decoders.finish();
}

}  // namespace cs::sample
