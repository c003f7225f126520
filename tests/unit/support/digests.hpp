/// Digests for tests: numbers that say which image they stand for.
#pragma once

#include <cstdint>
#include <vector>

#include "core/hash.hpp"

namespace cs::test {

/// The digest of image `n`: `high` is n.
inline Digest number(std::uint64_t n) { return {n * 0x9E3779B97F4A7C15U, n}; }

/// Those of images `first` to `first + count - 1`.
inline std::vector<Digest> numbers(std::uint64_t first, std::uint64_t count) {
  std::vector<Digest> images;
  for (std::uint64_t n = first; n < first + count; ++n) images.push_back(number(n));
  return images;
}

}  // namespace cs::test
