/// Numbers as little-endian bytes, whatever the machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cs::store {

/// Appends the bytes of `value`.
template <typename T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFFU);
}

/// The number whose sizeof(T) bytes begin at `bytes`.
template <typename T>
T get(const char* bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return static_cast<T>(value);
}

}  // namespace cs::store
