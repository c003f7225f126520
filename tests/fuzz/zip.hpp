/// A zip archive of members that are stored, for seeds and for inputs whose checksums must be
/// right.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cs::fuzz {

/// The `bytes` lowest bytes of a number, little-endian.
inline std::string little(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i, value >>= 8U) text += static_cast<char>(value & 0xFFU);
  return text;
}

inline std::string stored_zip(const std::vector<std::pair<std::string, std::string>>& members) {
  using namespace std::string_literals;
  std::string zip;
  std::string directory;
  for (const auto& [name, bytes] : members) {
    const auto crc =
        ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
    const std::string common = little(0, 8) + little(crc, 4) + little(bytes.size(), 4) +
                               little(bytes.size(), 4) + little(name.size(), 2);
    directory +=
        "PK\1\2\x14\0\x14\0"s + common + std::string(12, '\0') + little(zip.size(), 4) + name;
    zip += "PK\3\4\x14\0"s + common + little(0, 2) + name + bytes;
  }
  const std::string count = little(members.size(), 2);
  return zip + directory + "PK\5\6\0\0\0\0"s + count + count + little(directory.size(), 4) +
         little(zip.size(), 4) + little(0, 2);
}

}  // namespace cs::fuzz
