#include "answers/cache.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "answers/growing_table.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"

namespace cs::answers {
namespace fs = std::filesystem;
namespace {

using Transaction = store::Tables::Transaction;

/// Makes the folder for writing; refuses one in which other things lie, and touches nothing there.
const fs::path& prepared(const fs::path& folder, Access access) {
  if (is_answer_cache(folder)) return folder;
  if (access == Access::kRead && fs::exists(folder))
    throw DataError(folder.string(), "is not an answer cache");
  if (access == Access::kRead) return folder;
  const fs::path parent = folder_of(folder);
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

void check_format(const std::string& subject, Transaction& txn, store::Tables::Table meta) {
  std::string_view text;
  if (!txn.get(meta, kFormatKey, text)) throw DataError(subject, "is not an answer cache");
  const Json json = parse_json(subject, text);
  if (!json.is_object() || !json.contains("format") || !json["format"].is_number_unsigned())
    throw DataError(subject, "does not state its format; it is not an answer cache");
  const auto format = json["format"].get<std::uint64_t>();
  if (format < kFirstFormat || format > kSecondFormat)
    throw DataError(subject, "is of answer cache format " + std::to_string(format) +
                                 ", this program reads formats 1 and 2; use a newer one");
}

}  // namespace

struct AnswerCache::State {
  State(const fs::path& folder, Access access);

  void open_tables(Transaction& txn, Access access);
  bool has(Transaction& txn, const Target& target, const Digest& image) const;
  /// Stores the answer to an image that this process claimed.
  void put(Transaction& txn, const Digest& image, const std::vector<float>& answer) const;
  /// Runs `change` on the counts of this process's claim, and ends it.
  void end_claim(const std::function<void(Transaction&, Counts&)>& change);
  const fs::path& path() const { return tables.path(); }

  store::Tables tables;
  store::Tables::Table meta = 0;
  store::Tables::Table answers = 0;
  Ledger ledger;
  GrowingTable epochs;  ///< by victim
  GrowingTable noise;   ///< by target: the bits of numbers that are not negative, so in their order
  Claim own;            ///< without images: none
};

AnswerCache::State::State(const fs::path& folder, Access access)
    : tables(prepared(folder, access), access),
      ledger(folder),
      epochs(folder, "epochs"),
      noise(folder, "noise") {
  if (access == Access::kRead) {
    tables.read([&](Transaction& txn) { open_tables(txn, access); });
    return;
  }
  tables.write([&](Transaction& txn) { open_tables(txn, access); });
  ledger.take_slot();
  tables.write([&](Transaction& txn) {
    ledger.settle_in(txn);
    ledger.bury_the_dead(txn);
  });
}

void AnswerCache::State::open_tables(Transaction& txn, Access access) {
  const bool found = txn.find("meta", meta);
  if (!found && (access == Access::kRead || !tables.empty()))
    throw DataError(path().string(), "is not an answer cache");
  if (found) check_format(path().string(), txn, meta);
  if (!found) txn.put(meta = txn.make("meta"), kFormatKey, format_text(kFirstFormat));
  if (access == Access::kWrite)
    answers = txn.make("answers");
  else if (!txn.find("answers", answers))
    throw DataError(path().string(), "is not an answer cache");
  ledger.open(txn, access);
  epochs.open(txn, access);
  noise.open(txn, access);
}

bool AnswerCache::State::has(Transaction& txn, const Target& target, const Digest& image) const {
  std::string_view value;
  return txn.get(answers, answer_key(target, image), value);
}

void AnswerCache::State::put(Transaction& txn, const Digest& image,
                             const std::vector<float>& answer) const {
  const std::string key = answer_key(own.target, image);
  const auto* from = reinterpret_cast<const char*>(answer.data());
  txn.put(answers, key, checked(key, std::string(from, answer.size() * sizeof(float))));
}

void AnswerCache::State::end_claim(const std::function<void(Transaction&, Counts&)>& change) {
  tables.write([&](Transaction& txn) {
    Counts counts = ledger.counts(txn, own.target.victim, own.account);
    change(txn, counts);
    ledger.end(txn, own, counts);
  });
  own.images.clear();
  ledger.hold(false);
}

AnswerCache::AnswerCache(const fs::path& folder, Access access)
    : state_(std::make_unique<State>(folder, access)) {}
AnswerCache::~AnswerCache() = default;

const fs::path& AnswerCache::path() const { return state_->path(); }

std::vector<Digest> AnswerCache::missing(const Target& target,
                                         const std::vector<Digest>& images) const {
  std::vector<Digest> without;
  state_->tables.read([&](Transaction& txn) {
    for (const Digest& image : images)
      if (!state_->has(txn, target, image)) without.push_back(image);
  });
  return without;
}

void AnswerCache::read(const Target& target, const Digest* images, std::size_t count,
                       std::vector<float>& out) const {
  const std::string folder = path().string();
  state_->tables.read([&](Transaction& txn) {
    std::size_t bytes = 0;  // of one answer
    for (std::size_t i = 0; i < count; ++i) {
      const std::string key = answer_key(target, images[i]);
      std::string_view value;
      if (!txn.get(state_->answers, key, value))
        throw DataError(folder, "has no answer with the key " + hex(key));
      value = payload_of(folder, "answer", key, value);
      if (i == 0) {
        bytes = value.size();
        out.resize(count * bytes / sizeof(float));
      }
      if (value.size() != bytes || bytes % sizeof(float) != 0)
        throw DataError(folder, "the answer with the key " + hex(key) +
                                    " is longer or shorter than others" + kRestore);
      std::memcpy(out.data() + i * bytes / sizeof(float), value.data(), bytes);
    }
  });
}

AnswerCache::Claimed AnswerCache::claim(const Target& target, const Account& account,
                                        std::vector<Digest>& wanted, std::size_t most) {
  State& s = *state_;
  if (!s.own.images.empty()) throw Error(path().string(), "the last claim is not settled");
  Claimed claimed;
  std::vector<Digest> left;
  s.tables.write([&](Transaction& txn) {
    claimed = {};
    left.clear();
    std::unordered_set<Digest, DigestHash> taken;
    for (const Claim& claim : s.ledger.bury_the_dead(txn))
      if (claim.target == target) taken.insert(claim.images.begin(), claim.images.end());
    const Counts counts = s.ledger.counts(txn, target.victim, account.name);
    const std::uint64_t limit = account.budget.value_or(UINT64_MAX);
    std::uint64_t sent = s.ledger.sent(txn, target.victim, account.name);
    for (const Digest& before : account.before) sent += s.ledger.sent(txn, before, account.name);
    const std::uint64_t allowed = limit - std::min(limit, sent);
    std::size_t at = 0;
    for (; at < wanted.size() && claimed.images.size() < most && !claimed.budget_spent; ++at) {
      const Digest& image = wanted[at];
      if (s.has(txn, target, image)) continue;
      claimed.budget_spent = taken.count(image) == 0 && claimed.images.size() == allowed;
      if (taken.count(image) > 0 || claimed.budget_spent)
        left.push_back(image);
      else
        claimed.images.push_back(image);
    }
    left.insert(left.end(), wanted.begin() + static_cast<std::ptrdiff_t>(at), wanted.end());
    if (!claimed.images.empty())
      s.ledger.begin(txn, {target, account.name, claimed.images}, counts);
  });
  s.own = {target, account.name, claimed.images};
  s.ledger.hold(!claimed.images.empty());
  wanted = std::move(left);
  return claimed;
}

void AnswerCache::settle(const std::vector<Outcome>& outcomes, Keep keep) {
  const Claim& own = state_->own;
  const auto empty = [](const Outcome& outcome) {
    return outcome.kind == Outcome::Kind::kAnswered && outcome.answer.empty();
  };
  if (own.images.empty() || outcomes.size() != own.images.size() ||
      std::any_of(outcomes.begin(), outcomes.end(), empty))
    throw Error(path().string(), "was given outcomes that do not go with its claim");
  state_->end_claim([&](Transaction& txn, Counts& counts) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const std::vector<float>& answer = outcomes[i].answer;
      switch (outcomes[i].kind) {
        case Outcome::Kind::kAnswered:
          if (keep == Keep::kYes) state_->put(txn, own.images[i], answer);
          ++counts.answered;
          break;
        case Outcome::Kind::kFailed:
          ++counts.failed;
          break;
        case Outcome::Kind::kAmbiguous:
          ++counts.ambiguous;
          break;
      }
    }
  });
}

void AnswerCache::fail() {
  state_->end_claim(
      [&](Transaction&, Counts& counts) { counts.failed += state_->own.images.size(); });
}

bool AnswerCache::holds_any(const Target& target) const {
  const std::string prefix = target_key(target);
  bool found = false;
  state_->tables.read([&](Transaction& txn) {
    std::string_view key;
    std::string_view value;
    found = txn.at_or_after(state_->answers, prefix, key, value) &&
            key.substr(0, prefix.size()) == prefix;
  });
  return found;
}

std::uint64_t AnswerCache::epoch(const Digest& victim) const {
  std::uint64_t number = 0;
  state_->tables.read(
      [&](Transaction& txn) { number = state_->epochs.at(txn, victim_key(victim)); });
  return number;
}

void AnswerCache::begin_epoch(const Digest& victim, std::uint64_t epoch) {
  state_->tables.write([&](Transaction& txn) {
    state_->epochs.raise(txn, victim_key(victim), epoch);
    // Programs that do not know of epochs must not mix the answers of two functions.
    txn.put(state_->meta, kFormatKey, format_text(kSecondFormat));
  });
}

double AnswerCache::noise(const Target& target) const {
  std::uint64_t bits = 0;
  state_->tables.read([&](Transaction& txn) { bits = state_->noise.at(txn, target_key(target)); });
  double relative = 0;
  std::memcpy(&relative, &bits, sizeof bits);
  return relative;
}

void AnswerCache::note_noise(const Target& target, double relative) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &relative, sizeof bits);
  state_->tables.write(
      [&](Transaction& txn) { state_->noise.raise(txn, target_key(target), bits); });
}

std::vector<Merged> AnswerCache::merge(const std::vector<std::unique_ptr<AnswerCache>>& others) {
  std::vector<Merged> all;
  state_->tables.write([&](Transaction& txn) {
    all.clear();
    for (const auto& other : others)
      other->state_->tables.read([&](Transaction& from) {
        all.push_back(merge_answers({path(), txn, state_->answers},
                                    {other->path(), from, other->state_->answers}));
        state_->ledger.take_in(txn, other->state_->ledger.by_origin(from));
        state_->epochs.raise_all(txn, other->state_->epochs.rows(from));
        state_->noise.raise_all(txn, other->state_->noise.rows(from));
      });
  });
  return all;
}

std::vector<OriginRow> AnswerCache::by_origin() const {
  std::vector<OriginRow> rows;
  state_->tables.read([&](Transaction& txn) { rows = state_->ledger.by_origin(txn); });
  return rows;
}

std::vector<LedgerRow> AnswerCache::ledger() const {
  std::vector<LedgerRow> rows;
  state_->tables.read([&](Transaction& txn) { rows = state_->ledger.rows(txn); });
  return rows;
}

std::uint64_t AnswerCache::answers() const {
  std::uint64_t count = 0;
  state_->tables.read([&](Transaction& txn) { count = txn.entries(state_->answers); });
  return count;
}

std::string AnswerCache::summary() const {
  std::string text = "kind: answer cache\nanswers: " + std::to_string(answers()) + "\n";
  std::size_t others = 0;
  std::vector<std::pair<Digest, std::uint64_t>> epochs;
  state_->tables.read([&](Transaction& txn) {
    others = state_->ledger.others(txn);
    for (const auto& [key, number] : state_->epochs.rows(txn))
      epochs.emplace_back(victim_of(key), number);
  });
  if (others > 0)
    text +=
        "merged: " + std::to_string(others) + (others == 1 ? " other cache\n" : " other caches\n");
  for (const auto& [victim, number] : epochs)
    text += "epoch: " + victim.hex() + " " + std::to_string(number) + " " +
            epoch_of(victim, number).hex() + "\n";
  for (const auto& [victim, account, counts] : ledger())
    text += "ledger: " + victim.hex() + " " + account + " sent " + std::to_string(counts.sent) +
            " answered " + std::to_string(counts.answered) + " failed " +
            std::to_string(counts.failed) + " ambiguous " + std::to_string(counts.ambiguous) + "\n";
  return text;
}

void AnswerCache::check() const {
  ledger();
  state_->tables.read([&](Transaction& txn) {
    state_->epochs.rows(txn);
    state_->noise.rows(txn);
    txn.for_each(state_->answers, [&](std::string_view key, std::string_view value) {
      payload_of(path().string(), "answer", key, value);
    });
  });
}

bool is_answer_cache(const fs::path& folder) {
  std::error_code missing;
  return fs::file_size(folder / "data.mdb", missing) > 0 && !missing;
}

}  // namespace cs::answers
