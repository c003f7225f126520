/// The ledger of an answer cache: what was sent to victims, in whose name, and how it ended.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answers/keys.hpp"
#include "answers/origins.hpp"
#include "answers/slot.hpp"
#include "store/tables.hpp"

namespace cs::answers {

/// In whose name a victim is asked, and how many images it may be asked about over the account's
/// lifetime.
struct Account {
  std::string name = "attack";
  std::optional<std::uint64_t> budget{};
  std::vector<Digest>
      before{};  ///< earlier epochs of the victim, on which the budget was spent too
};

/// `name`; throws UsageError `what: ...` unless it is 1 to 64 letters, digits, '.', '_' and '-'.
std::string parse_account(std::string_view what, std::string_view name);

struct LedgerRow {
  Digest victim;
  std::string account;
  Counts counts;
};

/// The tables `ledger` and `claims` of a cache, and this process's place among the claims. A claim
/// stands under the number of a slot, which the kernel frees when its process dies: whoever comes
/// next counts what was in flight as ambiguous.
class Ledger {
 public:
  using Transaction = store::Tables::Transaction;

  explicit Ledger(const std::filesystem::path& folder) : folder_(folder), origins_(folder) {}

  void open(Transaction& txn, store::Access access);
  /// Takes a slot, without which nothing can be claimed.
  void take_slot() { slot_.emplace(slots()); }

  /// What this cache counted, which begin() and end() continue.
  Counts counts(Transaction& txn, const Digest& victim, const std::string& account) const;
  /// What the account sent in all, other caches' counts included.
  std::uint64_t sent(Transaction& txn, const Digest& victim, const std::string& account) const;
  /// Counts the claims of the dead as ambiguous and returns the others.
  std::vector<Claim> bury_the_dead(Transaction& txn) const;
  /// Writes the claim under this process's slot and adds its images to `counts` as sent.
  void begin(Transaction& txn, const Claim& claim, Counts counts) const;
  /// Empties this process's slot and writes `counts` of the claim that stood there.
  void end(Transaction& txn, const Claim& claim, const Counts& counts) const;
  /// What this process holds by begin(), so that it is not taken for what a dead one left.
  void hold(bool claims) { holds_ = claims; }

  /// By victim and account, of all caches. What dead processes had in flight counts as ambiguous.
  std::vector<LedgerRow> rows(Transaction& txn) const;

  /// By the cache that counted, as it did. A cache without an identity is origin {}.
  std::vector<OriginRow> by_origin(Transaction& txn) const;
  std::size_t others(Transaction& txn) const;  ///< caches whose counts are among these
  /// Takes in what another cache says, of itself and of others, this one among them.
  void take_in(Transaction& txn, const std::vector<OriginRow>& rows) const;
  /// Takes an identity if there is none, and another one if this is a copy, unless a living process
  /// has claimed images.
  void settle_in(Transaction& txn) const;

 private:
  void put_counts(Transaction& txn, const Digest& victim, const std::string& account,
                  const Counts& counts) const;
  std::vector<OriginRow> own_rows(Transaction& txn) const;
  std::map<std::uint32_t, Claim> claims_by_slot(Transaction& txn) const;
  bool dead(std::uint32_t slot) const;
  std::filesystem::path slots() const { return folder_ / "claims"; }

  std::filesystem::path folder_;
  Origins origins_;
  store::Tables::Table ledger_ = 0, claims_ = 0;
  std::optional<Slot> slot_;  ///< none if open for reading
  bool holds_ = false;
};

}  // namespace cs::answers
