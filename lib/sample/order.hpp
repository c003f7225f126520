/// The random order in which records are drawn and divided.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.hpp"

namespace cs::sample {

/// `indices` (in a source) by a random key that depends on seed, purpose and the index alone, so
/// that a subset of the indices keeps its order: draws under conditions are parts of draws without.
std::vector<std::size_t> random_order(const std::vector<std::size_t>& indices, std::uint64_t seed,
                                      Purpose purpose);

}  // namespace cs::sample
