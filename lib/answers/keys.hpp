/// What an answer cache is made of: keys, values with their checksums, claims. The bytes are those
/// of cs-cache(5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "answers/kind.hpp"
#include "core/hash.hpp"

namespace cs::answers {

/// Whose answers, and of what kind.
struct Target {
  Digest victim;
  AnswerKind kind = AnswerKind::kEmbedding;
  bool operator==(const Target& other) const {
    return victim == other.victim && kind == other.kind;
  }
};

/// What a ledger counts, in images. sent = answered + failed + ambiguous + those in flight.
struct Counts {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;     ///< sent, and for sure not answered
  std::uint64_t ambiguous = 0;  ///< sent, and perhaps answered and billed: by a process that died
};

/// What a process has sent and not settled; without images, nothing.
struct Claim {
  Target target;
  std::string account;
  std::vector<Digest> images;
};

std::string answer_key(const Target& target, const Digest& image);
std::string ledger_key(const Digest& victim, std::string_view account);
Digest victim_of(std::string_view ledger_key);
std::string account_of(std::string_view ledger_key);

std::string encode(const Claim& claim);
std::string encode(const Counts& counts);
Claim decode_claim(std::string_view bytes);    ///< of bytes whose checksum was right
Counts decode_counts(std::string_view bytes);  ///< of bytes whose checksum was right

/// `payload` followed by the checksum of `key` and itself.
std::string checked(std::string_view key, std::string payload);

/// The inverse. Throws DataError, naming the cache `folder` and the key of this `what`, if the
/// checksum does not match.
std::string_view payload_of(std::string_view folder, const char* what, std::string_view key,
                            std::string_view value);

/// The bytes as hexadecimal digits.
std::string hex(std::string_view bytes);

/// What to do about a damaged cache.
inline constexpr const char* kRestore = "; copy the cache back from a copy, or start a new one";

}  // namespace cs::answers
