/// The answers of a cache, and those of another one added to them.
#pragma once

#include <cstdint>
#include <filesystem>

#include "store/tables.hpp"

namespace cs::answers {

/// What became of the answers of another cache.
struct Merged {
  std::filesystem::path from;
  std::uint64_t added = 0;      ///< answers that were missing here
  std::uint64_t equal = 0;      ///< that both caches hold
  std::uint64_t different = 0;  ///< to one image; this cache's stayed
  double largest = 0;           ///< relative difference among those; see difference.hpp
};

/// The answers of a cache within a transaction.
struct AnswerTable {
  const std::filesystem::path& folder;
  store::Tables::Transaction& txn;
  store::Tables::Table answers;
};

/// Adds to `to` what it lacks. Throws DataError that names the key if an answer is damaged, or if
/// those of one kind by one victim are longer in one cache than in the other.
Merged merge_answers(const AnswerTable& to, const AnswerTable& from);

}  // namespace cs::answers
