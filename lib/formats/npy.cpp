#include "formats/npy.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "core/error.hpp"

namespace cs::formats {
namespace {

constexpr std::array<std::string_view, 5> kTypes{"u1", "i4", "i8", "f2", "f4"};

/// As Python writes a tuple: (), (3,), (3, 4).
std::string tuple(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i == 0 ? "" : " ") + std::to_string(shape[i]) + ",";
  if (shape.size() > 1) text.pop_back();
  return text + ")";
}

}  // namespace

std::string npy_header(std::string_view dtype, const std::vector<std::int64_t>& shape) {
  if (std::find(kTypes.begin(), kTypes.end(), dtype) == kTypes.end())
    throw Error("npy", "cannot write elements of type '" + printable(dtype) + "'");
  const std::string order = dtype == "u1" ? "|" : "<";  // a single byte has no order
  std::string text = "{'descr': '" + order + std::string(dtype) +
                     "', 'fortran_order': False, 'shape': " + tuple(shape) + ", }";
  constexpr std::size_t kBefore = 10;  // magic, version, length
  text.resize((kBefore + text.size() + 1 + 63) / 64 * 64 - kBefore - 1, ' ');
  text.push_back('\n');
  if (text.size() > std::numeric_limits<std::uint16_t>::max())
    throw Error("npy", "too many dimensions: " + std::to_string(shape.size()));
  std::string header("\x93NUMPY\x01\x00", 8);
  header.push_back(static_cast<char>(text.size() & 0xFFU));
  header.push_back(static_cast<char>(text.size() >> 8U));
  return header + text;
}

std::string to_npy(std::string_view dtype, const std::vector<std::int64_t>& shape,
                   std::string_view bytes) {
  const std::string header = npy_header(dtype, shape);
  auto expected = static_cast<std::uint64_t>(dtype[1] - '0');
  for (const std::int64_t extent : shape)
    if (extent < 0 ||
        __builtin_mul_overflow(expected, static_cast<std::uint64_t>(extent), &expected))
      throw Error("npy", "impossible shape " + tuple(shape));
  if (expected != bytes.size())
    throw Error("npy", "shape " + tuple(shape) + " needs " + std::to_string(expected) +
                           " bytes, there are " + std::to_string(bytes.size()));
  return header + std::string(bytes);
}

}  // namespace cs::formats
