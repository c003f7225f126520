/// Random divisions of a source, such as into training and test records (`split`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cs::sample {

/// Part `part` (from 0) of a random division of the records in the given proportions.
struct Split {
  std::vector<std::uint64_t> proportions;
  std::size_t part = 0;
};

/// Reads `A:B:...`: more than `part` and at least two whole numbers, not all 0. Throws UsageError.
Split parse_split(const std::string& text, std::size_t part);

/// The part's share of `indices`, in ascending order: cut from their random order, so the parts are
/// disjoint and complete. Throws DataError if it is empty.
std::vector<std::size_t> part_of(const std::vector<std::size_t>& indices, const Split& split,
                                 std::uint64_t seed);

}  // namespace cs::sample
