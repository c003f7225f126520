#include "core/random.hpp"

#include <cmath>

namespace cs {
namespace {

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32U); }

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {high(b) ^ counter[1] ^ key[0], low(b), high(a) ^ counter[3] ^ key[1], low(a)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

Random::Random(std::uint64_t seed, Purpose purpose, std::uint64_t record, std::uint32_t view)
    : key_{low(seed), high(seed)},
      counter_{low(record), high(record), view, static_cast<std::uint32_t>(purpose) << 24U} {}

std::uint32_t Random::bits() {
  if (used_ == 4) {
    block_ = philox4x32(counter_, key_);
    ++counter_[3];  // 2^24 blocks of 4 words before a stream would run into the next purpose
    used_ = 0;
  }
  return block_[used_++];
}

double Random::uniform() {
  const std::uint64_t wide = (std::uint64_t{bits()} << 32U) | bits();
  return static_cast<double>(wide >> 11U) * 0x1p-53;
}

double Random::uniform(double low_end, double high_end) {
  return low_end + (high_end - low_end) * uniform();
}

std::uint64_t Random::below(std::uint64_t n) {
  const std::uint64_t reject_under = (0 - n) % n;  // 2^64 mod n: what would make the rest uneven
  for (;;) {
    const std::uint64_t wide = (std::uint64_t{bits()} << 32U) | bits();
    if (wide >= reject_under) return wide % n;
  }
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1 - uniform()));  // 1 - uniform() is exact
  return radius * std::cos(6.283185307179586477 * uniform());
}

}  // namespace cs
