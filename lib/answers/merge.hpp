/// Caches of several machines come together.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "answers/cache.hpp"
#include "core/json_fwd.hpp"

namespace cs::answers {

using Caches = std::vector<std::unique_ptr<AnswerCache>>;

/// Opens the caches in `folders` for reading, to be merged into `cache`. Throws UsageError if one
/// is `cache` or named twice, DataError if one counted something and has no identity to count it
/// under.
Caches open_others(const std::filesystem::path& cache,
                   const std::vector<std::filesystem::path>& folders);

/// Opens `cache` for writing and merges those in `folders` into it, which are opened first: nothing
/// is made if one cannot be. `merged` gets what became of each.
std::unique_ptr<AnswerCache> open_merged(const std::filesystem::path& cache,
                                         const std::vector<std::filesystem::path>& folders,
                                         std::vector<Merged>& merged);

/// "from", "added", "equal", "different" and "largest_difference".
Json to_json(const Merged& merged);

/// What a person should know of it; empty if nothing.
std::string remark_on(const Merged& merged);

}  // namespace cs::answers
