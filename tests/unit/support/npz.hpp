/// NumPy's files for tests: arrays in any type, and archives of them.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cs::test {

/// An array file as numpy.save() writes it; `descr` is "<f4", ">U3", ...; `shape` "(2, 3)".
inline std::string npy_of(const std::string& descr, const std::string& shape,
                          std::string_view elements, bool fortran_order = false) {
  std::string text = "{'descr': '" + descr +
                     "', 'fortran_order': " + (fortran_order ? "True" : "False") +
                     ", 'shape': " + shape + ", }";
  text.resize((text.size() + 74) / 64 * 64 - 11, ' ');
  text += '\n';
  std::string file("\x93NUMPY\1\0", 8);
  file += {static_cast<char>(text.size() & 0xFFU), static_cast<char>(text.size() >> 8U)};
  return file + text + std::string(elements);
}

template <typename Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

/// f4 of [numbers.size() / width, width].
inline std::string npy_of(const std::vector<float>& numbers, std::size_t width) {
  const std::string rows = std::to_string(numbers.size() / width);
  return npy_of("<f4", "(" + rows + ", " + std::to_string(width) + ")", bytes_of(numbers));
}

/// S of [texts.size()], of the length of the longest.
inline std::string npy_of(const std::vector<std::string>& texts) {
  std::size_t width = 1;
  for (const std::string& text : texts) width = std::max(width, text.size());
  std::string elements;
  for (std::string text : texts) {
    text.resize(width, '\0');
    elements += text;
  }
  return npy_of("|S" + std::to_string(width), "(" + std::to_string(texts.size()) + ",)", elements);
}

enum class Packing { kStored, kDeflated };

/// A zip of files, as numpy.savez() and numpy.savez_compressed() write it.
inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files,
                          Packing packing) {
  const auto little = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i, value >>= 8U) text += static_cast<char>(value & 0xFFU);
    return text;
  };
  std::string zip;
  std::string directory;
  for (const auto& [name, content] : files) {
    std::string packed = content;
    if (packing == Packing::kDeflated) {
      packed.resize(compressBound(content.size()));
      z_stream stream{};
      deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
      stream.avail_in = static_cast<uInt>(content.size());
      stream.next_out = reinterpret_cast<Bytef*>(packed.data());
      stream.avail_out = static_cast<uInt>(packed.size());
      deflate(&stream, Z_FINISH);
      packed.resize(stream.total_out);
      deflateEnd(&stream);
    }
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    const std::string fields = little(20, 2) + little(0, 2) +
                               little(packing == Packing::kDeflated ? 8 : 0, 2) + little(0, 4) +
                               little(crc, 4) + little(packed.size(), 4) +
                               little(content.size(), 4) + little(name.size(), 2) + little(0, 2);
    directory += "PK\1\2" + little(20, 2) + fields + little(0, 10) + little(zip.size(), 4) + name;
    zip += "PK\3\4" + fields + name + packed;
  }
  const std::string count = little(files.size(), 2);
  return zip + directory + "PK\5\6" + little(0, 4) + count + count + little(directory.size(), 4) +
         little(zip.size(), 4) + little(0, 2);
}

}  // namespace cs::test
