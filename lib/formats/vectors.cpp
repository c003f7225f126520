#include "formats/vectors.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "formats/npy.hpp"

namespace cs::formats {
namespace {

constexpr std::uint64_t kBlock = std::uint64_t{4} << 20U;
constexpr std::uint64_t kMostWidth = std::uint64_t{1} << 24U;

[[noreturn]] void fail(const Bytes& file, const std::string& what) {
  throw DataError(file.name(), what);
}

std::string shape_of(const NpyHeader& header) {
  std::string text;
  for (const std::uint64_t extent : header.shape)
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "one element" : text;
}

/// The bytes of an element as a number, the byte at `at` first or last.
std::uint64_t bits_of(const char* at, std::uint64_t bytes, bool big_endian) {
  std::uint64_t bits = 0;
  for (std::uint64_t i = 0; i < bytes; ++i)
    bits |= std::uint64_t{static_cast<unsigned char>(at[i])}
            << 8U * (big_endian ? bytes - 1 - i : i);
  return bits;
}

template <typename Number, typename Bits>
Number number_of(Bits bits) {
  Number number;
  static_assert(sizeof(number) == sizeof(bits));
  std::memcpy(&number, &bits, sizeof(bits));
  return number;
}

float float_of(const char* at, const NpyHeader& header) {
  const std::uint64_t bits = bits_of(at, header.bytes, header.big_endian);
  if (header.bytes == 2) return half_to_float(static_cast<std::uint16_t>(bits));
  if (header.bytes == 4) return number_of<float>(static_cast<std::uint32_t>(bits));
  return to_float(number_of<double>(bits));
}

/// Elements lie in lines, of which `block` are read at a time: rows, or columns in Fortran order.
void read_rows(const Bytes& file, const NpyHeader& header, Vectors& to) {
  const std::uint64_t line = to.width * header.bytes;
  const std::uint64_t block = std::max<std::uint64_t>(kBlock / line, 1);
  float* out = to.values.data();
  for (std::uint64_t row = 0; row < to.count; row += block) {
    check_stop();
    const std::string bytes =
        file.read(header.data + row * line, std::min(block, to.count - row) * line);
    for (std::size_t at = 0; at < bytes.size(); at += header.bytes)
      *out++ = float_of(bytes.data() + at, header);
  }
}

void read_columns(const Bytes& file, const NpyHeader& header, Vectors& to) {
  const std::uint64_t line = to.count * header.bytes;
  const std::uint64_t block = std::max<std::uint64_t>(kBlock / line, 1);
  for (std::uint64_t first = 0; first < to.width; first += block) {
    check_stop();
    const std::uint64_t columns = std::min(block, to.width - first);
    const std::string bytes = file.read(header.data + first * line, columns * line);
    for (std::uint64_t row = 0; row < to.count; ++row)
      for (std::uint64_t i = 0; i < columns; ++i)
        to.values[row * to.width + first + i] =
            float_of(bytes.data() + i * line + row * header.bytes, header);
  }
}

void append_utf8(std::string& text, std::uint32_t point) {
  const auto tail = [&](unsigned shift) {
    text += static_cast<char>(0x80U | (point >> shift & 0x3FU));
  };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xC0U | point >> 6U);
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0U | point >> 12U);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0U | point >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

/// One text, without the zeros that fill it up.
std::string text_of(const Bytes& file, const NpyHeader& header, std::string_view bytes) {
  std::string text;
  if (header.kind == 'S') {
    text = bytes;
  } else {
    for (std::size_t at = 0; at < bytes.size(); at += 4) {
      const auto point =
          static_cast<std::uint32_t>(bits_of(bytes.data() + at, 4, header.big_endian));
      if (point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
        fail(file, "holds a text that is not Unicode; save the names again");
      append_utf8(text, point);
    }
  }
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace

float half_to_float(std::uint16_t bits) {
  constexpr int kFraction = 10;
  constexpr int kBias = 15;
  const int exponent = bits >> kFraction & 0x1F;
  const int fraction = bits & 0x3FF;
  float value = 0;
  if (exponent == 0x1F)
    value = fraction == 0 ? INFINITY : NAN;
  else if (exponent == 0)
    value = std::ldexp(static_cast<float>(fraction), 1 - kBias - kFraction);
  else
    value = std::ldexp(static_cast<float>(fraction + 0x400), exponent - kBias - kFraction);
  return (bits & 0x8000U) != 0 ? -value : value;
}

float to_float(double number) {
  if (std::abs(number) > FLT_MAX) return number > 0 ? INFINITY : -INFINITY;
  return static_cast<float>(number);
}

Vectors parse_npy_vectors(const Bytes& file) {
  const NpyHeader header = read_npy_header(file);
  if (header.kind != 'f' || (header.bytes != 2 && header.bytes != 4 && header.bytes != 8))
    fail(file, "holds " + header.dtype() +
                   ", not numbers of f2, f4 or f8; save the vectors with astype('float32')");
  if (header.shape.size() != 2)
    fail(file, "holds an array of " + shape_of(header) +
                   ", not one vector an image; reshape it to (images, numbers)");
  Vectors vectors{header.shape[0], header.shape[1], {}};
  if (header.count_in(file) == 0) fail(file, "holds no number; save the vectors again");
  if (vectors.width > kMostWidth)
    fail(file,
         "holds vectors of " + std::to_string(vectors.width) + " numbers; 16777216 are the most");
  vectors.values.resize(vectors.count * vectors.width);
  header.fortran_order ? read_columns(file, header, vectors) : read_rows(file, header, vectors);
  const auto wrong = std::find_if(vectors.values.begin(), vectors.values.end(),
                                  [](float value) { return !std::isfinite(value); });
  if (wrong != vectors.values.end()) {
    const auto at = static_cast<std::uint64_t>(wrong - vectors.values.begin());
    fail(file, "row " + std::to_string(at / vectors.width) +
                   " (from 0) holds a number that is not finite, or too large for f32; repair it "
                   "or leave out its image");
  }
  return vectors;
}

std::vector<std::string> parse_npy_texts(const Bytes& file) {
  const NpyHeader header = read_npy_header(file);
  if ((header.kind != 'U' && header.kind != 'S') || header.shape.size() != 1)
    fail(file, "holds " + header.dtype() + " of " + shape_of(header) +
                   ", not one text an image; save the names with astype(str)");
  const std::uint64_t count = header.count_in(file);
  const std::uint64_t block = std::max<std::uint64_t>(kBlock / header.bytes, 1);
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::uint64_t first = 0; first < count; first += block) {
    check_stop();
    const std::string bytes = file.read(header.data + first * header.bytes,
                                        std::min(block, count - first) * header.bytes);
    for (std::size_t at = 0; at < bytes.size(); at += header.bytes)
      texts.push_back(text_of(file, header, std::string_view(bytes).substr(at, header.bytes)));
  }
  return texts;
}

}  // namespace cs::formats
