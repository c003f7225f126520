/// Numbers as bytes, whatever the machine: little-endian in values, big-endian in keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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

/// Record ids as keys: 8 bytes, big-endian, so that the order of keys is that of the numbers.
inline std::string id_key(std::uint64_t id) {
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(id >> shift & 0xFFU);
  return key;
}

inline std::uint64_t id_from_key(std::string_view key) {
  std::uint64_t id = 0;
  for (const char c : key) id = id << 8U | static_cast<unsigned char>(c);
  return id;
}

}  // namespace cs::store
