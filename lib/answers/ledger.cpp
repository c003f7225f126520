#include "answers/ledger.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"
#include "store/bytes.hpp"

namespace cs::answers {

std::string parse_account(std::string_view what, std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (name.empty() || name.size() > 64 || !std::all_of(name.begin(), name.end(), allowed))
    throw UsageError(what, "'" + printable(name) +
                               "' is not 1 to 64 letters, digits, dots, underscores and hyphens");
  return std::string(name);
}

void Ledger::open(Transaction& txn, store::Access access) {
  const auto table = [&](const char* name) {
    if (access == store::Access::kWrite) return txn.make(name);
    store::Tables::Table found = 0;
    if (!txn.find(name, found))
      throw DataError(folder_.string(), std::string("has no table '") + name + "'" + kRestore);
    return found;
  };
  origins_.open(txn, access);
  ledger_ = table("ledger");
  claims_ = table("claims");
}

Counts Ledger::counts(Transaction& txn, const Digest& victim, const std::string& account) const {
  const std::string key = ledger_key(victim, account);
  std::string_view value;
  if (!txn.get(ledger_, key, value)) return {};
  return decode_counts(payload_of(folder_.string(), "line of the ledger", key, value));
}

std::uint64_t Ledger::sent(Transaction& txn, const Digest& victim,
                           const std::string& account) const {
  return counts(txn, victim, account).sent + origins_.sent(txn, victim, account);
}

void Ledger::put_counts(Transaction& txn, const Digest& victim, const std::string& account,
                        const Counts& counts) const {
  const std::string key = ledger_key(victim, account);
  txn.put(ledger_, key, checked(key, encode(counts)));
}

std::map<std::uint32_t, Claim> Ledger::claims_by_slot(Transaction& txn) const {
  std::map<std::uint32_t, Claim> found;
  txn.for_each(claims_, [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;  // settled
    found[static_cast<std::uint32_t>(store::id_from_key(key))] =
        decode_claim(payload_of(folder_.string(), "claim", key, value));
  });
  return found;
}

bool Ledger::dead(std::uint32_t slot) const {
  // What stands in this process's slot without its doing was left by one that had it before.
  if (slot_ && slot_->number() == slot) return !holds_;
  return !Slot::held(slots(), slot);
}

std::vector<Claim> Ledger::bury_the_dead(Transaction& txn) const {
  std::vector<Claim> living;
  for (const auto& [slot, claim] : claims_by_slot(txn)) {
    if (!dead(slot)) {
      living.push_back(claim);
      continue;
    }
    Counts c = counts(txn, claim.target.victim, claim.account);
    c.ambiguous += claim.images.size();
    put_counts(txn, claim.target.victim, claim.account, c);
    txn.put(claims_, store::id_key(slot), "");
  }
  return living;
}

void Ledger::begin(Transaction& txn, const Claim& claim, Counts counts) const {
  counts.sent += claim.images.size();
  put_counts(txn, claim.target.victim, claim.account, counts);
  const std::string key = store::id_key(slot_->number());
  txn.put(claims_, key, checked(key, encode(claim)));
}

void Ledger::end(Transaction& txn, const Claim& claim, const Counts& counts) const {
  put_counts(txn, claim.target.victim, claim.account, counts);
  txn.put(claims_, store::id_key(slot_->number()), "");
}

std::vector<LedgerRow> Ledger::rows(Transaction& txn) const {
  std::map<std::string, Counts> by_key;
  for (const OriginRow& row : own_rows(txn))
    by_key[ledger_key(row.victim, row.account)] = row.counts;
  for (const OriginRow& row : origins_.rows(txn)) {
    Counts& counts = by_key[ledger_key(row.victim, row.account)];
    counts = sum(counts, settled(row.counts));
  }
  for (const auto& [slot, claim] : claims_by_slot(txn))
    if (dead(slot))
      by_key[ledger_key(claim.target.victim, claim.account)].ambiguous += claim.images.size();
  std::vector<LedgerRow> rows;
  rows.reserve(by_key.size());
  for (const auto& [key, counts] : by_key)
    rows.push_back({victim_of(key), account_of(key), counts});
  return rows;
}

std::vector<OriginRow> Ledger::own_rows(Transaction& txn) const {
  const Digest self = origins_.identity(txn).value_or(Digest{});
  std::vector<OriginRow> rows;
  txn.for_each(ledger_, [&](std::string_view key, std::string_view value) {
    rows.push_back({self, victim_of(key), account_of(key),
                    decode_counts(payload_of(folder_.string(), "line of the ledger", key, value))});
  });
  return rows;
}

std::vector<OriginRow> Ledger::by_origin(Transaction& txn) const {
  std::vector<OriginRow> rows = own_rows(txn);
  const std::vector<OriginRow> others = origins_.rows(txn);
  rows.insert(rows.end(), others.begin(), others.end());
  return rows;
}

std::size_t Ledger::others(Transaction& txn) const {
  std::unordered_set<Digest, DigestHash> origins;
  for (const OriginRow& row : origins_.rows(txn)) origins.insert(row.origin);
  return origins.size();
}

void Ledger::take_in(Transaction& txn, const std::vector<OriginRow>& rows) const {
  const std::optional<Digest> self = origins_.identity(txn);
  for (const OriginRow& row : rows)
    if (row.origin == self)  // less than is known here, unless this folder was put back
      put_counts(txn, row.victim, row.account,
                 larger(row.counts, counts(txn, row.victim, row.account)));
    else
      origins_.keep_larger(txn, row);
}

void Ledger::settle_in(Transaction& txn) const {
  if (origins_.at_home(txn)) return;
  if (origins_.identity(txn)) {
    const std::map<std::uint32_t, Claim> claims = claims_by_slot(txn);
    if (std::any_of(claims.begin(), claims.end(),
                    [&](const auto& claim) { return !dead(claim.first); }))
      return;
    for (const OriginRow& row : own_rows(txn)) {
      if (row.counts.sent == 0) continue;
      origins_.keep_larger(txn, row);
      put_counts(txn, row.victim, row.account, {});
    }
    // In flight through the original, which counts what becomes of them.
    for (const auto& [slot, claim] : claims) txn.put(claims_, store::id_key(slot), "");
  }
  origins_.renew(txn);
}

}  // namespace cs::answers
