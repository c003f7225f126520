/// Asking again about images that were answered.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "answers/query.hpp"

namespace cs::answers {

/// Asks through the cache of `options` about each query under the name of the same position, unless
/// that has an answer; all names differ. Calls `see` with every answer that came and its position.
/// Throws Incomplete where the budget ends or the victim leaves one unanswered.
void ask_again(const Victim& victim, const std::vector<Query>& queries,
               const std::vector<Digest>& names, const QueryOptions& options,
               AnswerCache::Keep keep,
               const std::function<void(std::size_t at, const std::vector<float>& answer)>& see);

}  // namespace cs::answers
