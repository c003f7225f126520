#include "answers/keys.hpp"

#include <cstddef>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"
#include "store/bytes.hpp"

namespace cs::answers {
namespace {

using store::get;
using store::put;

constexpr std::size_t kDigest = 16;
constexpr std::size_t kChecksum = 8;

std::string bytes_of(const Digest& digest) {
  return store::id_key(digest.high) + store::id_key(digest.low);
}

Digest digest_from(std::string_view bytes) {
  Digest digest;
  digest.high = store::id_from_key(bytes.substr(0, 8));
  digest.low = store::id_from_key(bytes.substr(8, 8));
  return digest;
}

/// The digest of another one, a word and a number.
Digest derived(const Digest& from, std::string_view word, std::uint64_t number) {
  std::string bytes = bytes_of(from).append(word);
  put(bytes, number);
  return digest(bytes);
}

std::uint64_t checksum(std::string_view key, std::string_view payload) {
  Checksum sum;
  sum.update(key.data(), key.size());
  sum.update(payload.data(), payload.size());
  return sum.value();
}

}  // namespace

Digest repeat_of(const Digest& image, std::uint64_t repeat) {
  return repeat == 0 ? image : derived(image, "repeat", repeat);
}

Digest canary_of(const Digest& image) { return derived(image, "canary", 0); }

Digest epoch_of(const Digest& victim, std::uint64_t epoch) {
  return epoch == 0 ? victim : derived(victim, "epoch", epoch);
}

std::string target_key(const Target& target) {
  return bytes_of(target.victim) + static_cast<char>(target.kind);
}

std::string answer_key(const Target& target, const Digest& image) {
  return target_key(target) + bytes_of(image);
}

std::string_view target_of(std::string_view answer_key) {
  return answer_key.substr(0, kDigest + 1);
}

std::string victim_key(const Digest& victim) { return bytes_of(victim); }

std::string ledger_key(const Digest& victim, std::string_view account) {
  return bytes_of(victim).append(account);
}

Digest victim_of(std::string_view ledger_key) { return digest_from(ledger_key); }

std::string account_of(std::string_view ledger_key) {
  return std::string(ledger_key.substr(kDigest));
}

std::string format_text(std::uint64_t format) { return to_line({{"format", format}}); }

std::string merged_prefix(const Digest& victim, std::string_view account) {
  std::string key = bytes_of(victim);
  put(key, static_cast<std::uint8_t>(account.size()));
  return key.append(account);
}

std::string merged_key(const OriginRow& row) {
  return merged_prefix(row.victim, row.account) + bytes_of(row.origin);
}

OriginRow decode_merged(std::string_view key, std::string_view counts) {
  const std::size_t length = static_cast<unsigned char>(key[kDigest]);
  return {digest_from(key.substr(kDigest + 1 + length)), digest_from(key),
          std::string(key.substr(kDigest + 1, length)), decode_counts(counts)};
}

std::string encode(const Identity& identity) {
  return bytes_of(identity.id) + bytes_of(identity.home);
}

Identity decode_identity(std::string_view bytes) {
  return {digest_from(bytes), digest_from(bytes.substr(kDigest))};
}

std::string encode(const Claim& claim) {
  std::string out = bytes_of(claim.target.victim);
  put(out, static_cast<std::uint8_t>(claim.target.kind));
  put(out, static_cast<std::uint8_t>(claim.account.size()));
  out += claim.account;
  for (const Digest& image : claim.images) out += bytes_of(image);
  return out;
}

std::string encode(const Counts& counts) {
  std::string out;
  for (const std::uint64_t n : {counts.sent, counts.answered, counts.failed, counts.ambiguous})
    put(out, n);
  return out;
}

Claim decode_claim(std::string_view bytes) {
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

Counts decode_counts(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return get<std::uint64_t>(bytes.data() + 8 * i); };
  return {at(0), at(1), at(2), at(3)};
}

std::string checked(std::string_view key, std::string payload) {
  put(payload, checksum(key, payload));
  return payload;
}

std::string_view payload_of(std::string_view folder, const char* what, std::string_view key,
                            std::string_view value) {
  if (value.size() > kChecksum) {
    const std::string_view payload = value.substr(0, value.size() - kChecksum);
    if (get<std::uint64_t>(value.data() + payload.size()) == checksum(key, payload)) return payload;
  }
  throw DataError(folder, std::string("the ") + what + " with the key " + hex(key) +
                              " is damaged: its checksum does not match" + kRestore);
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

}  // namespace cs::answers
