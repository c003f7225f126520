#include "store/answer_cache.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"
#include "store/bytes.hpp"
#include "store/slot.hpp"

namespace cs::store {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kDigest = 16;
constexpr std::size_t kChecksum = 8;
constexpr const char* kRestore = "; copy the cache back from a copy, or start a new one";

struct MapFull {};  ///< thrown through a transaction to begin it again with a larger map

std::string bytes_of(const Digest& digest) { return id_key(digest.high) + id_key(digest.low); }

Digest digest_from(std::string_view bytes) {
  Digest digest;
  digest.high = id_from_key(bytes.substr(0, 8));
  digest.low = id_from_key(bytes.substr(8, 8));
  return digest;
}

std::string answer_key(const Target& target, const Digest& image) {
  return bytes_of(target.victim) + static_cast<char>(target.kind) + bytes_of(image);
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::uint64_t checksum(std::string_view key, std::string_view payload) {
  Checksum sum;
  sum.update(key.data(), key.size());
  sum.update(payload.data(), payload.size());
  return sum.value();
}

void put_value(Txn& txn, MDB_dbi dbi, const std::string& key, const std::string& value) {
  if (txn.put(dbi, key, value, 0) == MDB_MAP_FULL) throw MapFull();
}

/// With its checksum.
void put_payload(Txn& txn, MDB_dbi dbi, const std::string& key, std::string payload) {
  put(payload, checksum(key, payload));
  put_value(txn, dbi, key, payload);
}

/// Makes the folder for writing; refuses one in which other things lie, and touches nothing there.
const fs::path& prepared(const fs::path& folder, Access access) {
  if (is_answer_cache(folder)) return folder;
  if (access == Access::kRead && fs::exists(folder))
    throw DataError(folder.string(), "is not an answer cache");
  if (access == Access::kRead) return folder;
  const fs::path parent = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  if (!fs::is_directory(parent))
    throw Error(folder.string(), "its folder does not exist; make it first");
  if (fs::exists(folder) && !fs::is_directory(folder))
    throw DataError(folder.string(), "is a file, not an answer cache; name a folder");
  std::error_code failed;
  fs::create_directory(folder, failed);
  if (failed) throw Error(folder.string(), "cannot make this folder: " + failed.message());
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name != "data.mdb" && name != "lock.mdb" && name != "claims")
      throw DataError(folder.string(),
                      "holds other things than an answer cache; name a new folder");
  }
  return folder;
}

/// Keeps a process from opening a folder twice: LMDB would drop the locks of both.
class OnlyOne {
 public:
  explicit OnlyOne(const fs::path& folder) {
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0) throw system_error(folder.string(), "cannot open");
    inode_ = {info.st_dev, info.st_ino};
    const std::lock_guard lock(mutex());
    if (!open().insert(inode_).second)
      throw Error(folder.string(), "this process has the cache open already");
  }
  ~OnlyOne() {
    const std::lock_guard lock(mutex());
    open().erase(inode_);
  }
  OnlyOne(const OnlyOne&) = delete;
  OnlyOne& operator=(const OnlyOne&) = delete;

 private:
  using Inode = std::pair<dev_t, ino_t>;
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static std::set<Inode>& open() {
    static std::set<Inode> instance;
    return instance;
  }
  Inode inode_;
};

/// What a slot's process has sent and not settled; without images, nothing.
struct Claim {
  Target target;
  std::string account;
  std::vector<Digest> images;
};

std::string ledger_key(const Claim& claim) { return bytes_of(claim.target.victim) + claim.account; }

std::string encode(const Claim& claim) {
  std::string out = bytes_of(claim.target.victim);
  put(out, static_cast<std::uint8_t>(claim.target.kind));
  put(out, static_cast<std::uint8_t>(claim.account.size()));
  out += claim.account;
  for (const Digest& image : claim.images) out += bytes_of(image);
  return out;
}

/// The inverse, of bytes whose checksum was right.
Claim decode(std::string_view bytes) {
  Claim claim;
  claim.target.victim = digest_from(bytes);
  claim.target.kind = static_cast<AnswerKind>(bytes[kDigest]);
  const std::size_t length = static_cast<unsigned char>(bytes[kDigest + 1]);
  bytes.remove_prefix(kDigest + 2);
  claim.account = bytes.substr(0, length);
  for (bytes.remove_prefix(length); !bytes.empty(); bytes.remove_prefix(kDigest))
    claim.images.push_back(digest_from(bytes));
  return claim;
}

std::string encode(const Counts& counts) {
  std::string out;
  for (const std::uint64_t n : {counts.sent, counts.answered, counts.failed, counts.ambiguous})
    put(out, n);
  return out;
}

Counts counts_from(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return get<std::uint64_t>(bytes.data() + 8 * i); };
  return {at(0), at(1), at(2), at(3)};
}

}  // namespace

struct AnswerCache::State {
  State(const fs::path& folder, Access access);

  void open_databases(Txn& txn, Access access);
  void check_format(Txn& txn) const;
  /// Runs `body` in a transaction and commits it; again from the start if the map was full.
  void write(const std::function<void(Txn&)>& body);
  /// `value` without its checksum; throws DataError if that is not right.
  std::string_view payload(const char* what, std::string_view key, std::string_view value) const;

  Counts counts(Txn& txn, const Claim& claim) const;
  void put_counts(Txn& txn, const Claim& claim, const Counts& counts) const;
  std::map<std::uint32_t, Claim> claims_by_slot(Txn& txn) const;
  bool dead(std::uint32_t number) const;
  /// Counts the claims of the dead as ambiguous and returns the others.
  std::vector<Claim> bury_the_dead(Txn& txn) const;
  void settle(const std::function<void(Txn&, Counts&)>& change);
  fs::path slots() const { return env.path() / "claims"; }

  OnlyOne only_one;
  Env env;
  MDB_dbi meta = 0, answers = 0, ledger = 0, claims = 0;
  std::optional<Slot> slot;  ///< none if open for reading
  Claim own;
};

AnswerCache::State::State(const fs::path& folder, Access access)
    : only_one(prepared(folder, access)), env(Env::open_shared(folder, access)) {
  // Read first: other processes only let the file grow.
  if (const auto used = env.bytes_in_use(); used > fs::file_size(folder / "data.mdb"))
    throw DataError(folder.string(), std::string("data.mdb is cut short") + kRestore);
  if (access == Access::kRead) {
    Txn txn(env, Txn::Mode::kRead);
    open_databases(txn, access);
    txn.commit();  // keeps the handles
    return;
  }
  write([&](Txn& txn) { open_databases(txn, access); });
  slot.emplace(slots());
  write([&](Txn& txn) { bury_the_dead(txn); });
}

void AnswerCache::State::open_databases(Txn& txn, Access access) {
  const bool found = txn.exists("meta", meta);
  if (!found && (access == Access::kRead || env.entries() > 0))
    throw DataError(env.path().string(), "is not an answer cache");
  if (found) check_format(txn);
  const auto open = [&](const char* name, MDB_dbi& dbi) {
    if (access == Access::kRead)
      dbi = txn.open(name);
    else if (txn.create(name, dbi) == MDB_MAP_FULL)
      throw MapFull();
  };
  open("meta", meta);
  open("answers", answers);
  open("ledger", ledger);
  open("claims", claims);
  if (!found) put_value(txn, meta, "format", to_line({{"format", kFormat}}));
}

void AnswerCache::State::check_format(Txn& txn) const {
  const std::string subject = env.path().string();
  std::string_view text;
  if (!txn.get(meta, "format", text)) throw DataError(subject, "is not an answer cache");
  const Json json = parse_json(subject, text);
  if (!json.is_object() || !json.contains("format") || !json["format"].is_number_unsigned())
    throw DataError(subject, "does not state its format; it is not an answer cache");
  if (const auto format = json["format"].get<std::uint64_t>(); format != kFormat)
    throw DataError(subject, "is of answer cache format " + std::to_string(format) +
                                 ", this program reads format " + std::to_string(kFormat) +
                                 "; use a newer one");
}

void AnswerCache::State::write(const std::function<void(Txn&)>& body) {
  for (;;) {
    try {
      Txn txn(env, Txn::Mode::kWrite);
      body(txn);
      if (txn.commit() != MDB_MAP_FULL) return;
    } catch (const MapFull&) {  // the transaction is gone by now
    }
    env.grow();
  }
}

std::string_view AnswerCache::State::payload(const char* what, std::string_view key,
                                             std::string_view value) const {
  if (value.size() > kChecksum) {
    const std::string_view payload = value.substr(0, value.size() - kChecksum);
    if (get<std::uint64_t>(value.data() + payload.size()) == checksum(key, payload)) return payload;
  }
  throw DataError(env.path().string(), std::string("the ") + what + " with the key " + hex(key) +
                                           " is damaged: its checksum does not match" + kRestore);
}

Counts AnswerCache::State::counts(Txn& txn, const Claim& claim) const {
  const std::string key = ledger_key(claim);
  std::string_view value;
  if (!txn.get(ledger, key, value)) return {};
  return counts_from(payload("line of the ledger", key, value));
}

void AnswerCache::State::put_counts(Txn& txn, const Claim& claim, const Counts& counts) const {
  put_payload(txn, ledger, ledger_key(claim), encode(counts));
}

std::map<std::uint32_t, Claim> AnswerCache::State::claims_by_slot(Txn& txn) const {
  std::map<std::uint32_t, Claim> found;
  txn.for_each(claims, [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;  // settled
    found[static_cast<std::uint32_t>(id_from_key(key))] = decode(payload("claim", key, value));
  });
  return found;
}

bool AnswerCache::State::dead(std::uint32_t number) const {
  // What stands in this process's slot without its doing was left by one that had it before.
  if (slot && slot->number() == number) return own.images.empty();
  return !Slot::held(slots(), number);
}

std::vector<Claim> AnswerCache::State::bury_the_dead(Txn& txn) const {
  std::vector<Claim> living;
  for (const auto& [number, claim] : claims_by_slot(txn)) {
    if (!dead(number)) {
      living.push_back(claim);
      continue;
    }
    Counts c = counts(txn, claim);
    c.ambiguous += claim.images.size();
    put_counts(txn, claim, c);
    put_value(txn, claims, id_key(number), "");
  }
  return living;
}

void AnswerCache::State::settle(const std::function<void(Txn&, Counts&)>& change) {
  write([&](Txn& txn) {
    Counts c = counts(txn, own);
    change(txn, c);
    put_counts(txn, own, c);
    put_value(txn, claims, id_key(slot->number()), "");
  });
  own.images.clear();
}

AnswerCache::AnswerCache(const fs::path& folder, Access access)
    : state_(std::make_unique<State>(folder, access)) {}
AnswerCache::~AnswerCache() = default;

const fs::path& AnswerCache::path() const { return state_->env.path(); }

std::vector<Digest> AnswerCache::missing(const Target& target,
                                         const std::vector<Digest>& images) const {
  std::vector<Digest> without;
  Txn txn(state_->env, Txn::Mode::kRead);
  for (const Digest& image : images)
    if (std::string_view value; !txn.get(state_->answers, answer_key(target, image), value))
      without.push_back(image);
  return without;
}

void AnswerCache::read(const Target& target, const Digest* images, std::size_t count,
                       std::vector<float>& out) const {
  Txn txn(state_->env, Txn::Mode::kRead);
  std::size_t bytes = 0;  // of one answer
  for (std::size_t i = 0; i < count; ++i) {
    const std::string key = answer_key(target, images[i]);
    std::string_view value;
    if (!txn.get(state_->answers, key, value))
      throw DataError(path().string(), "has no answer with the key " + hex(key));
    value = state_->payload("answer", key, value);
    if (i == 0) {
      bytes = value.size();
      out.resize(count * bytes / sizeof(float));
    }
    if (value.size() != bytes || bytes % sizeof(float) != 0)
      throw DataError(path().string(), "the answer with the key " + hex(key) +
                                           " is longer or shorter than others" + kRestore);
    std::memcpy(out.data() + i * bytes / sizeof(float), value.data(), bytes);
  }
}

AnswerCache::Claimed AnswerCache::claim(const Target& target, const Account& account,
                                        std::vector<Digest>& wanted, std::size_t most) {
  if (!state_->own.images.empty()) throw Error(path().string(), "the last claim is not settled");
  State& s = *state_;
  Claimed claimed;
  std::vector<Digest> left;
  s.write([&](Txn& txn) {
    claimed = {};
    left.clear();
    std::unordered_set<Digest, DigestHash> taken;
    for (const Claim& claim : s.bury_the_dead(txn))
      if (claim.target == target) taken.insert(claim.images.begin(), claim.images.end());
    Claim next{target, account.name, {}};
    Counts counts = s.counts(txn, next);
    const std::uint64_t limit = account.budget.value_or(UINT64_MAX);
    const std::uint64_t allowed = limit - std::min(limit, counts.sent);
    std::size_t at = 0;
    for (; at < wanted.size() && next.images.size() < most && !claimed.budget_spent; ++at) {
      const Digest& image = wanted[at];
      if (std::string_view value; txn.get(s.answers, answer_key(target, image), value)) continue;
      claimed.budget_spent = taken.count(image) == 0 && next.images.size() == allowed;
      if (taken.count(image) > 0 || claimed.budget_spent)
        left.push_back(image);
      else
        next.images.push_back(image);
    }
    left.insert(left.end(), wanted.begin() + static_cast<std::ptrdiff_t>(at), wanted.end());
    claimed.images = next.images;
    if (next.images.empty()) return;
    counts.sent += next.images.size();
    s.put_counts(txn, next, counts);
    put_payload(txn, s.claims, id_key(s.slot->number()), encode(next));
  });
  s.own = {target, account.name, claimed.images};
  wanted = std::move(left);
  return claimed;
}

void AnswerCache::commit(const std::vector<float>& answers) {
  const Claim& own = state_->own;
  if (own.images.empty() || answers.empty() || answers.size() % own.images.size() != 0)
    throw Error(path().string(), "was given answers that do not go with its claim");
  const std::size_t bytes = answers.size() / own.images.size() * sizeof(float);
  state_->settle([&](Txn& txn, Counts& counts) {
    const char* from = reinterpret_cast<const char*>(answers.data());
    for (const Digest& image : own.images) {
      put_payload(txn, state_->answers, answer_key(own.target, image), {from, bytes});
      from += bytes;
    }
    counts.answered += own.images.size();
  });
}

void AnswerCache::fail() {
  state_->settle([&](Txn&, Counts& counts) { counts.failed += state_->own.images.size(); });
}

std::vector<LedgerRow> AnswerCache::ledger() const {
  Txn txn(state_->env, Txn::Mode::kRead);
  std::map<std::string, LedgerRow> rows;
  txn.for_each(state_->ledger, [&](std::string_view key, std::string_view value) {
    const Counts counts = counts_from(state_->payload("line of the ledger", key, value));
    rows[std::string(key)] = {digest_from(key), std::string(key.substr(kDigest)), counts};
  });
  for (const auto& [number, claim] : state_->claims_by_slot(txn))
    if (state_->dead(number)) rows[ledger_key(claim)].counts.ambiguous += claim.images.size();
  std::vector<LedgerRow> list;
  list.reserve(rows.size());
  for (auto& [key, row] : rows) list.push_back(std::move(row));
  return list;
}

std::uint64_t AnswerCache::answers() const {
  Txn txn(state_->env, Txn::Mode::kRead);
  return txn.entries(state_->answers);
}

std::string AnswerCache::summary() const {
  std::string text = "kind: answer cache\nanswers: " + std::to_string(answers()) + "\n";
  for (const auto& [victim, account, counts] : ledger())
    text += "ledger: " + victim.hex() + " " + account + " sent " + std::to_string(counts.sent) +
            " answered " + std::to_string(counts.answered) + " failed " +
            std::to_string(counts.failed) + " ambiguous " + std::to_string(counts.ambiguous) + "\n";
  return text;
}

void AnswerCache::check() const {
  ledger();
  Txn txn(state_->env, Txn::Mode::kRead);
  txn.for_each(state_->answers, [&](std::string_view key, std::string_view value) {
    state_->payload("answer", key, value);
  });
}

bool is_answer_cache(const fs::path& folder) {
  std::error_code missing;
  return fs::file_size(folder / "data.mdb", missing) > 0 && !missing;
}

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

}  // namespace cs::store
