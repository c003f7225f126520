#include "core/hash.hpp"

#include <xxhash.h>

#include <array>
#include <charconv>
#include <cstdio>

#include "core/error.hpp"

namespace cs {

Digest& Digest::operator+=(Digest other) {
  low += other.low;
  high += other.high + (low < other.low ? 1 : 0);
  return *this;
}

Digest& Digest::operator-=(Digest other) {
  high -= other.high + (low < other.low ? 1 : 0);
  low -= other.low;
  return *this;
}

std::string Digest::hex() const {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text.data();
}

Digest Digest::from_hex(std::string_view text) {
  Digest d;
  const auto read = [&](std::string_view part, std::uint64_t& value) {
    const auto end = part.data() + part.size();
    return part.size() == 16 && std::from_chars(part.data(), end, value, 16).ptr == end;
  };
  if (text.size() != 32 || !read(text.substr(0, 16), d.high) || !read(text.substr(16), d.low) ||
      d.hex() != text)
    throw DataError(text, "is not a digest of 32 hexadecimal digits");
  return d;
}

Digest digest(const void* data, std::size_t size) {
  const XXH128_hash_t h = XXH3_128bits(data, size);
  Digest d;
  d.low = h.low64;
  d.high = h.high64;
  return d;
}

struct Checksum::State {
  XXH3_state_t* xxh = XXH3_createState();
  ~State() { XXH3_freeState(xxh); }
};

Checksum::Checksum() : state_(std::make_unique<State>()) {
  if (state_->xxh == nullptr) throw Error("no memory for a checksum");
  XXH3_64bits_reset(state_->xxh);
}
Checksum::~Checksum() = default;

void Checksum::update(const void* data, std::size_t size) {
  XXH3_64bits_update(state_->xxh, data, size);
}

std::uint64_t Checksum::value() const { return XXH3_64bits_digest(state_->xxh); }

}  // namespace cs
