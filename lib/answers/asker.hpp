/// Asking what a cache does not hold yet, beside other processes that do the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "answers/cache.hpp"
#include "answers/victim.hpp"

namespace cs::answers {

/// Asks a victim about the images, all of them claimed: one outcome for each, in their order. What
/// it throws says that none was answered.
using Ask = std::function<std::vector<Outcome>(const std::vector<Digest>& images)>;

/// Why asking ended.
enum class Ended : std::uint8_t {
  kDone,        ///< nothing is left that this process may claim
  kBudget,      ///< the account's budget does not allow more
  kUnanswered,  ///< the victim left images unanswered, which are asked about again by a later run
};

/// Fills a cache with the answers of one kind by one victim, in one account's name. Images are
/// claimed in groups, and what came of a group is settled before the next one is claimed. A group
/// grows while one takes under half a second.
class Asker {
 public:
  /// The first group has `group` images. The cache must outlive the asker.
  Asker(AnswerCache& cache, const Target& target, Account account, std::size_t group);

  const Target& target() const { return target_; }

  /// Asks about those of `wanted` (each there once) that no other living process has claimed.
  /// Takes out of `wanted` what was asked about or has an answer by now. What `ask` throws passes,
  /// and its group counts as failed.
  Ended ask(std::vector<Digest>& wanted, const Ask& ask);

  /// From now on answers are counted and not stored: whoever asks sees them.
  void keep_nothing() { keep_ = AnswerCache::Keep::kNo; }

  /// ask(), again and again, until other processes have settled what they had claimed and `wanted`
  /// is empty, or something else ends it.
  Ended ask_all(std::vector<Digest>& wanted, const Ask& ask);

  /// The error for Ended::kBudget, where `missing` images of this run have no answer.
  [[noreturn]] void refuse_for_budget(std::size_t missing) const;

 private:
  AnswerCache& cache_;
  Target target_;
  Account account_;
  std::size_t group_;
  AnswerCache::Keep keep_ = AnswerCache::Keep::kYes;
};

}  // namespace cs::answers
