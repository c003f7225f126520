/// What asking would cost.
#pragma once

#include "answers/run_options.hpp"
#include "answers/victim.hpp"
#include "core/json_fwd.hpp"
#include "store/dataset.hpp"

namespace cs::answers {

/// What a run would send and pay, without asking or writing anything: "victim", "images",
/// "distinct" (images), "cached" (answers to these), "calls", "price" (of all calls), "account",
/// and "budget_left" before the calls, null without a budget. Without a cache equal images are
/// asked about again. The cache need not exist; others count as if they had been merged into it.
/// Canaries and a check of repeats are among the calls. A victim that sees no images is never
/// called, and "distinct" is null.
Json estimate(const Victim& victim, const store::Dataset& images, const RunOptions& run);

}  // namespace cs::answers
