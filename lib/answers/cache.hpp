/// What victims answered, so that no image is asked about twice, and a ledger of what was asked:
/// a folder that processes share. The format is in cs-cache(5).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "answers/answer_table.hpp"
#include "answers/keys.hpp"
#include "answers/ledger.hpp"
#include "answers/victim.hpp"
#include "store/access.hpp"

namespace cs::answers {

using store::Access;

/// Whether `folder` holds an LMDB environment, as an answer cache does. Opening it says more.
bool is_answer_cache(const std::filesystem::path& folder);

/// An open cache. A process claims images, asks, then settles the claim with what came of it:
///
///     const auto claimed = cache.claim(target, account, wanted, 256);
///     cache.settle(ask(claimed.images));
///
/// A claim is recorded as sent before anything is asked, in one synced transaction. It belongs to
/// the process; if that dies, whoever opens the cache or claims next counts what was in flight as
/// ambiguous, once, and may claim it again. So does destroying a cache with a claim not settled.
///
/// Not for several threads, not across fork(), and once a process and folder (else Error). Damage
/// is a DataError that names the key; LMDB's own pages have no checksums.
class AnswerCache {
 public:
  /// With Access::kWrite makes the folder if need be. Throws DataError if it is something else, or
  /// of a later format.
  AnswerCache(const std::filesystem::path& folder, Access access);
  ~AnswerCache();
  AnswerCache(const AnswerCache&) = delete;
  AnswerCache& operator=(const AnswerCache&) = delete;

  const std::filesystem::path& path() const;

  /// Those of `images` that have no answer, in their order.
  std::vector<Digest> missing(const Target& target, const std::vector<Digest>& images) const;

  /// The answers to `count` images, one after the other in `out`, which it resizes. Throws
  /// DataError if one is missing or damaged, or if they are not of one length.
  void read(const Target& target, const Digest* images, std::size_t count,
            std::vector<float>& out) const;

  struct Claimed {
    std::vector<Digest> images;  ///< to be asked now, by this process alone
    bool budget_spent = false;   ///< others could be asked, if the budget allowed it
  };
  /// Claims at most `most` images of `wanted` (each there once) and takes them out of it, as it
  /// does those that have an answer by now. Those that a living process has claimed stay; nothing
  /// claimed and no budget spent means: wait for them. The last claim must be settled first.
  Claimed claim(const Target& target, const Account& account, std::vector<Digest>& wanted,
                std::size_t most);
  enum class Keep : bool { kNo, kYes };
  /// Settles the claim: one outcome for each of its images, in their order, else Error. Answers are
  /// stored, if they are to be kept; everything is counted.
  void settle(const std::vector<Outcome>& outcomes, Keep keep = Keep::kYes);
  /// Settles the claim: none of it was answered.
  void fail();

  bool holds_any(const Target& target) const;

  /// How often the victim of this id changed, as far as is known here.
  std::uint64_t epoch(const Digest& victim) const;
  /// Makes `epoch` the newest one of the victim, unless a later one began.
  void begin_epoch(const Digest& victim, std::uint64_t epoch);

  /// The largest relative difference between two answers to one image that was met; 0 if none was.
  double noise(const Target& target) const;
  void note_noise(const Target& target, double relative);

  /// Takes in the answers and the ledgers of `others`, in one synced transaction: all or nothing.
  /// What is known already is not counted again, however often and by which way it comes. An answer
  /// that differs from one here does not replace it. Throws DataError if one of them is damaged, or
  /// if answers that should be of one length are not.
  std::vector<Merged> merge(const std::vector<std::unique_ptr<AnswerCache>>& others);

  /// By victim and account, of all caches that were merged. What dead processes had in flight
  /// counts as ambiguous.
  std::vector<LedgerRow> ledger() const;
  std::vector<OriginRow> by_origin() const;  ///< the same, by the cache that counted
  std::uint64_t answers() const;             ///< stored, of all victims
  /// Lines for people: how many answers, and the ledger.
  std::string summary() const;
  /// Verifies every checksum; throws DataError.
  void check() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cs::answers
