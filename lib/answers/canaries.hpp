/// Whether a victim is still the function whose answers a cache holds.
#pragma once

#include <cstdint>

#include "answers/query.hpp"
#include "answers/run_options.hpp"

namespace cs::answers {

/// How many canaries a run sends: those of the options, else 3 if the victim may change.
std::uint64_t canaries_of(const Victim& victim, const RunOptions& options);

/// Asks again about a few images (canaries), the first ones that have an answer in the cache, if
/// any image lacks one, and compares. The new answers are counted and not kept.
///
/// An answer is another one if the relative difference is above the tolerance and above twice the
/// noise that the cache knows of, or if its length is another. Then the victim has changed: throws
/// DataError that says how, or, if a new epoch is wanted, begins one.
///
/// Returns the epoch in whose answers the run continues, the newest one of the cache.
std::uint64_t check_canaries(const Victim& victim, const store::Dataset& images,
                             const QueryOptions& query, const RunOptions& options);

}  // namespace cs::answers
