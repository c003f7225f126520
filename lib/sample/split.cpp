#include "sample/split.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "sample/order.hpp"

namespace cs::sample {
namespace {

/// Where `proportions[0] + ... + proportions[parts - 1]` of `count` ends.
std::size_t split_end(std::size_t count, const Split& split, std::size_t parts) {
  long double sum = 0;
  long double all = 0;
  for (std::size_t i = 0; i < split.proportions.size(); ++i) {
    all += static_cast<long double>(split.proportions[i]);
    if (i < parts) sum += static_cast<long double>(split.proportions[i]);
  }
  return static_cast<std::size_t>(static_cast<long double>(count) * sum / all + 0.5L);
}

}  // namespace

Split parse_split(const std::string& text, std::size_t part) {
  std::vector<std::uint64_t> proportions;
  for (const std::string& number : split(text, ':'))
    proportions.push_back(parse_unsigned("`split`", number, 0, 1'000'000'000));
  const bool all_zero = std::all_of(proportions.begin(), proportions.end(),
                                    [](std::uint64_t number) { return number == 0; });
  if (proportions.size() < 2 || all_zero)
    throw UsageError("`split`", "'" + printable(text) + "' is no division; give A:B, such as 8:2");
  if (part >= proportions.size())
    throw UsageError("`part`", "counts the parts of `split` from 0; give a smaller number");
  return {std::move(proportions), part};
}

std::vector<std::size_t> part_of(const std::vector<std::size_t>& indices, const Split& split,
                                 std::uint64_t seed) {
  const std::vector<std::size_t> order = random_order(indices, seed, Purpose::kSplit);
  const auto at = [&](std::size_t parts) {
    return order.begin() + static_cast<std::ptrdiff_t>(split_end(order.size(), split, parts));
  };
  std::vector<std::size_t> part(at(split.part), at(split.part + 1));
  if (part.empty()) throw DataError("`split`", "this part holds no record; change the proportions");
  std::sort(part.begin(), part.end());
  return part;
}

}  // namespace cs::sample
