/// Which cache counted what, so that caches come together and nothing is counted twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "answers/keys.hpp"
#include "store/tables.hpp"

namespace cs::answers {

/// The identity of a cache, and the table `merged` with what other caches counted.
///
/// An identity is a random number. It belongs to one file on one disk, told by inode and time of
/// birth: a copy takes another identity when it is first written to, and keeps what the original
/// had counted under that one's. So what both count from then on adds up.
class Origins {
 public:
  using Transaction = store::Tables::Transaction;

  explicit Origins(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void open(Transaction& txn, store::Access access);

  /// None if the cache was made by an earlier version, and not written to since.
  std::optional<Digest> identity(Transaction& txn) const;
  /// Whether the identity is that of this file, and not that of one that it is a copy of.
  bool at_home(Transaction& txn) const;
  /// Takes a new identity.
  void renew(Transaction& txn) const;

  /// What the other caches sent.
  std::uint64_t sent(Transaction& txn, const Digest& victim, const std::string& account) const;
  /// Keeps the larger ones of these counts and those that are known of the origin.
  void keep_larger(Transaction& txn, const OriginRow& row) const;
  /// Everything, as it was counted.
  std::vector<OriginRow> rows(Transaction& txn) const;

 private:
  std::filesystem::path folder_;
  store::Tables::Table meta_ = 0;
  std::optional<store::Tables::Table> merged_;  ///< caches of format 1 may lack it
};

/// Of each count the larger one.
Counts larger(const Counts& one, const Counts& other);
Counts sum(const Counts& one, const Counts& other);
/// With what was in flight counted as ambiguous, as that of another cache is until it is merged
/// again.
Counts settled(Counts counts);

}  // namespace cs::answers
