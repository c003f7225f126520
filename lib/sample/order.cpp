#include "sample/order.hpp"

#include <algorithm>
#include <utility>

namespace cs::sample {
namespace {

std::uint64_t draw_key(std::uint64_t seed, Purpose purpose, std::size_t index) {
  Random random(seed, purpose, index);
  const std::uint64_t high = random.bits();
  return high << 32U | random.bits();
}

}  // namespace

std::vector<std::size_t> random_order(const std::vector<std::size_t>& indices, std::uint64_t seed,
                                      Purpose purpose) {
  std::vector<std::pair<std::uint64_t, std::size_t>> keys;
  keys.reserve(indices.size());
  for (const std::size_t index : indices) keys.emplace_back(draw_key(seed, purpose, index), index);
  std::sort(keys.begin(), keys.end());
  std::vector<std::size_t> order;
  order.reserve(keys.size());
  for (const auto& [key, index] : keys) order.push_back(index);
  return order;
}

}  // namespace cs::sample
