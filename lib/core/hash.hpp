/// xxHash behind two names. Hashes guard against accidents and name content; none is a defense
/// against someone who crafts collisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cs {

/// A 128-bit number that adds modulo 2^128: the fingerprint of a set is the sum of its records'.
struct Digest {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  Digest& operator+=(Digest other);
  Digest& operator-=(Digest other);
  bool operator==(const Digest& other) const { return low == other.low && high == other.high; }
  bool operator!=(const Digest& other) const { return !(*this == other); }
  std::string hex() const;  ///< 32 lower-case digits, most significant first
  /// Reads what hex() wrote; throws DataError for anything else.
  static Digest from_hex(std::string_view text);
};

/// For unordered containers: the digest's own low half.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const { return digest.low; }
};

/// xxh3-128 of `size` bytes.
Digest digest(const void* data, std::size_t size);
inline Digest digest(std::string_view text) { return digest(text.data(), text.size()); }

/// xxh3-64 over bytes that come in pieces.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;
  void update(const void* data, std::size_t size);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cs
