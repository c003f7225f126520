/// Zip archives of members that are not packed, as PyTorch writes them, without checksums.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cs::test {

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8U) text += static_cast<char>(value & 0xFFU);
  return text;
}

/// Names and contents of the members; `method` 0 says that they are not packed.
inline std::string stored_zip(const std::vector<std::pair<std::string, std::string>>& members,
                              int method = 0) {
  std::string files;
  std::string directory;
  for (const auto& [name, bytes] : members) {
    const std::string common = little_endian(20, 2) + little_endian(0, 2) +
                               little_endian(static_cast<std::uint64_t>(method), 2) +
                               little_endian(0, 8) + little_endian(bytes.size(), 4) +
                               little_endian(bytes.size(), 4) + little_endian(name.size(), 2) +
                               little_endian(0, 2);
    directory += "PK\1\2" + little_endian(20, 2) + common + little_endian(0, 10) +
                 little_endian(files.size(), 4) + name;
    files += "PK\3\4" + common + name + bytes;
  }
  return files + directory + "PK\5\6" + little_endian(0, 4) + little_endian(members.size(), 2) +
         little_endian(members.size(), 2) + little_endian(directory.size(), 4) +
         little_endian(files.size(), 4) + little_endian(0, 2);
}

}  // namespace cs::test
