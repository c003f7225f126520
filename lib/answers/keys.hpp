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

/// Names the answer to an image that was asked about again on purpose, for the `repeat`th time. The
/// first answer, 0, is the image's own.
Digest repeat_of(const Digest& image, std::uint64_t repeat);

/// Names an image while it is asked about again to see whether the victim changed. No answer is
/// kept under it.
Digest canary_of(const Digest& image);

/// Names the function that a victim was from its `epoch`th change on. Before the first one, 0, it
/// is the victim's own.
Digest epoch_of(const Digest& victim, std::uint64_t epoch);

/// What one cache counted for one victim and account. The counts of one origin only grow.
struct OriginRow {
  Digest origin;  ///< the identity of that cache
  Digest victim;
  std::string account;
  Counts counts;
};

/// Who a cache is, and which file has that identity.
struct Identity {
  Digest id;
  Digest home;
};

/// The key in the table `meta` under which the format stands, and its value.
inline constexpr const char* kFormatKey = "format";
inline constexpr std::uint64_t kFirstFormat = 1;
inline constexpr std::uint64_t kSecondFormat = 2;  ///< with other caches' counts, or with epochs
std::string format_text(std::uint64_t format);

std::string target_key(const Target& target);  ///< how the keys of its answers begin
std::string answer_key(const Target& target, const Digest& image);
std::string_view target_of(
    std::string_view answer_key);  ///< the beginning that all of a target share
std::string victim_key(const Digest& victim);
std::string ledger_key(const Digest& victim, std::string_view account);
Digest victim_of(std::string_view ledger_key);
std::string account_of(std::string_view ledger_key);

/// Where the rows of a victim and account begin, and the key of one.
std::string merged_prefix(const Digest& victim, std::string_view account);
std::string merged_key(const OriginRow& row);
OriginRow decode_merged(std::string_view key, std::string_view counts);

std::string encode(const Claim& claim);
std::string encode(const Counts& counts);
std::string encode(const Identity& identity);
Claim decode_claim(std::string_view bytes);        ///< of bytes whose checksum was right
Counts decode_counts(std::string_view bytes);      ///< of bytes whose checksum was right
Identity decode_identity(std::string_view bytes);  ///< of bytes whose checksum was right

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
