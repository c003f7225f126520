#include "sample/decoding.hpp"

#include <memory>
#include <utility>

#include "augment/operations.hpp"
#include "core/error.hpp"
#include "core/ordered.hpp"
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
};

/// Gathers what is read into blocks, lets threads decode them, and hands the images out in order.
class Decoders {
 public:
  Decoders(const source::Source& source, const Decoding& decoding, const Take& take)
      : source_(source), size_(decoding.size), take_(take), blocks_(decoding.threads) {}

  void add(std::size_t index, std::string_view bytes) {
    constexpr std::size_t kBytes = std::size_t{256} << 10U;
    constexpr std::size_t kItems = 128;
    if (!filling_) filling_ = std::make_shared<Block>();
    filling_->bytes += bytes;
    filling_->items.emplace_back(index, filling_->bytes.size());
    if (filling_->bytes.size() < kBytes && filling_->items.size() < kItems) return;
    submit();
    while (blocks_.full()) deliver();
  }

  void finish() {
    if (filling_) submit();
    while (blocks_.pending() > 0) deliver();
  }

 private:
  void submit() {
    blocks_.submit([this, block = std::exchange(filling_, nullptr)] {
      decode_all(*block);
      return block;
    });
  }

  void deliver() {
    const std::shared_ptr<Block> block = blocks_.next();
    check_stop();
    for (const Decoded& decoded : block->decoded) take_(decoded);
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
  std::shared_ptr<Block> filling_;
  Ordered<std::shared_ptr<Block>> blocks_;
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
