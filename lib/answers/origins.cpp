#include "answers/origins.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <random>

#include "core/error.hpp"
#include "store/bytes.hpp"

namespace cs::answers {
namespace fs = std::filesystem;
namespace {

constexpr const char* kIdentity = "identity";

/// Tells the file from its copies: they have another inode, or were born at another time.
Digest home_of(const fs::path& folder) {
  const fs::path file = folder / "data.mdb";
  struct statx info {};
  if (::statx(AT_FDCWD, file.c_str(), 0, STATX_INO | STATX_BTIME, &info) != 0)
    throw system_error(file.string(), "cannot open");
  std::string bytes;
  store::put(bytes, std::uint64_t{info.stx_ino});
  if ((info.stx_mask & STATX_BTIME) != 0) {
    store::put(bytes, static_cast<std::uint64_t>(info.stx_btime.tv_sec));
    store::put(bytes, std::uint64_t{info.stx_btime.tv_nsec});
  } else {
    store::put(bytes, std::uint64_t{info.stx_dev_major} << 32U | info.stx_dev_minor);
  }
  return digest(bytes);
}

Digest random_digest() {
  std::random_device source;
  const auto word = [&] { return std::uint64_t{source()} << 32U | source(); };
  return {word(), word()};
}

}  // namespace

void Origins::open(Transaction& txn, store::Access access) {
  if (!txn.find("meta", meta_)) throw DataError(folder_.string(), "is not an answer cache");
  store::Tables::Table merged = 0;
  if (access == store::Access::kWrite)
    merged_ = txn.make("merged");
  else if (txn.find("merged", merged))
    merged_ = merged;
}

std::optional<Digest> Origins::identity(Transaction& txn) const {
  std::string_view value;
  if (!txn.get(meta_, kIdentity, value)) return std::nullopt;
  return decode_identity(payload_of(folder_.string(), "identity", kIdentity, value)).id;
}

bool Origins::at_home(Transaction& txn) const {
  std::string_view value;
  return txn.get(meta_, kIdentity, value) &&
         decode_identity(payload_of(folder_.string(), "identity", kIdentity, value)).home ==
             home_of(folder_);
}

void Origins::renew(Transaction& txn) const {
  txn.put(meta_, kIdentity, checked(kIdentity, encode({random_digest(), home_of(folder_)})));
}

std::uint64_t Origins::sent(Transaction& txn, const Digest& victim,
                            const std::string& account) const {
  std::uint64_t all = 0;
  if (!merged_) return all;
  const std::string prefix = merged_prefix(victim, account);
  std::string_view key;
  std::string_view value;
  for (std::string at = prefix;
       txn.at_or_after(*merged_, at, key, value) && key.substr(0, prefix.size()) == prefix;
       at = std::string(key) + '\0')
    all +=
        decode_counts(payload_of(folder_.string(), "merged line of the ledger", key, value)).sent;
  return all;
}

void Origins::keep_larger(Transaction& txn, const OriginRow& row) const {
  const std::string key = merged_key(row);
  std::string_view value;
  Counts counts = row.counts;
  if (txn.get(*merged_, key, value))
    counts = larger(counts, decode_counts(payload_of(folder_.string(), "merged line of the ledger",
                                                     key, value)));
  txn.put(*merged_, key, checked(key, encode(counts)));
  // Programs that do not know of merged lines must not take a budget for unspent.
  txn.put(meta_, kFormatKey, format_text(kSecondFormat));
}

std::vector<OriginRow> Origins::rows(Transaction& txn) const {
  std::vector<OriginRow> rows;
  if (!merged_) return rows;
  txn.for_each(*merged_, [&](std::string_view key, std::string_view value) {
    rows.push_back(
        decode_merged(key, payload_of(folder_.string(), "merged line of the ledger", key, value)));
  });
  return rows;
}

Counts larger(const Counts& one, const Counts& other) {
  return {std::max(one.sent, other.sent), std::max(one.answered, other.answered),
          std::max(one.failed, other.failed), std::max(one.ambiguous, other.ambiguous)};
}

Counts sum(const Counts& one, const Counts& other) {
  return {one.sent + other.sent, one.answered + other.answered, one.failed + other.failed,
          one.ambiguous + other.ambiguous};
}

Counts settled(Counts counts) {
  counts.ambiguous = counts.sent - std::min(counts.sent, counts.answered + counts.failed);
  return counts;
}

}  // namespace cs::answers
