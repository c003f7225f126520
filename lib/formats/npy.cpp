#include "formats/npy.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

#include "core/error.hpp"

namespace cs::formats {
namespace {

constexpr std::array<std::string_view, 5> kTypes{"u1", "i4", "i8", "f2", "f4"};

constexpr std::uint64_t kWideChar = 4;  // bytes of a character of type U
constexpr std::uint64_t kMostTextBytes = 1U << 16U;

/// As Python writes a tuple: (), (3,), (3, 4).
std::string tuple(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i == 0 ? "" : " ") + std::to_string(shape[i]) + ",";
  if (shape.size() > 1) text.pop_back();
  return text + ")";
}

/// Reads the one dictionary of a header, written as Python writes it, piece by piece.
class HeaderText {
 public:
  HeaderText(const Bytes& file, std::string text) : file_(file), text_(std::move(text)) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw DataError(file_.name(), "has a .npy header " + what + "; save a plain array again");
  }
  /// Goes on if `word` comes next, past spaces.
  bool skip(std::string_view word) {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }
  void need(std::string_view word) {
    if (!skip(word)) fail("without '" + std::string(word) + "' where it belongs");
  }
  std::string quoted() {
    const char mark = skip("'") ? '\'' : '"';
    if (mark == '"') need("\"");
    const std::size_t end = text_.find(mark, at_);
    if (end == std::string::npos) fail("with an open quotation");
    std::string word = text_.substr(at_, end - at_);
    at_ = end + 1;
    return word;
  }
  bool truth() {
    if (skip("True")) return true;
    need("False");
    return false;
  }
  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> all;
    need("(");
    while (!skip(")")) {
      skip("");
      std::uint64_t value = 0;
      const std::size_t begin = at_;
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
        value = value * 10 + static_cast<std::uint64_t>(text_[at_] - '0');
      if (at_ == begin || at_ - begin > 18) fail("whose shape is no list of numbers");
      all.push_back(value);
      if (skip(",")) continue;
      need(")");
      break;
    }
    if (all.size() > 32) fail("of more than 32 dimensions");
    return all;
  }

 private:
  const Bytes& file_;
  std::string text_;
  std::size_t at_ = 0;
};

/// '<f4' and the like.
void read_descr(HeaderText& text, NpyHeader& header) {
  if (text.skip("[")) text.fail("of a structure");
  const std::string descr = text.quoted();
  if (descr == "|O") text.fail("of Python objects (convert texts with astype(str))");
  const std::size_t kind = descr.find_first_not_of("<>|=");
  if (kind > 1 || kind + 1 >= descr.size()) text.fail("of no plain type");
  header.kind = descr[kind];
  header.big_endian = descr[0] == '>';
  const std::string number = descr.substr(kind + 1);
  if (header.kind == 'S' || header.kind == 'U') {
    if (number.size() > 5 || number.find_first_not_of("0123456789") != std::string::npos)
      text.fail("of texts that are too long");
    header.bytes = std::stoull(number) * (header.kind == 'U' ? kWideChar : 1);
    if (header.bytes == 0 || header.bytes > kMostTextBytes) text.fail("of texts of a wrong length");
    return;
  }
  if (number != "1" && number != "2" && number != "4" && number != "8" && number != "16")
    text.fail("of no plain type");
  header.bytes = std::stoull(number);
  if (std::string_view("?buifc").find(header.kind) == std::string_view::npos)
    text.fail("of no plain type");
}

}  // namespace

std::string NpyHeader::dtype() const {
  return kind + std::to_string(kind == 'U' ? bytes / kWideChar : bytes);
}

std::uint64_t NpyHeader::count_in(const Bytes& file) const {
  std::uint64_t count = 1;
  std::uint64_t size = bytes;
  bool fits = true;
  for (const std::uint64_t extent : shape)
    fits = fits && !__builtin_mul_overflow(count, extent, &count) &&
           !__builtin_mul_overflow(size, extent, &size);
  if (!fits || size != file.size() - data)
    throw DataError(file.name(), "holds " + std::to_string(file.size() - data) +
                                     " bytes of elements, where its .npy header states " +
                                     (fits ? std::to_string(size) : "more than there can be") +
                                     "; save or copy it again");
  return count;
}

NpyHeader read_npy_header(const Bytes& file) {
  constexpr std::uint64_t kMostText = 1U << 16U;
  if (file.size() < 10 || file.read(0, 6) != std::string_view("\x93NUMPY", 6))
    throw DataError(file.name(), "is not a .npy file; name one, or say what kind of file it is");
  const std::string before = file.read(6, 4);
  const int version = static_cast<unsigned char>(before[0]);
  if (version < 1 || version > 3)
    throw DataError(file.name(), "is of a later .npy version; save it as version 1 to 3");
  const std::uint64_t length_bytes = version == 1 ? 2 : 4;
  std::uint64_t length = 0;
  const std::string digits = file.read(8, length_bytes);
  for (std::size_t i = length_bytes; i-- > 0;)
    length = length << 8U | static_cast<unsigned char>(digits[i]);
  if (length > kMostText)
    throw DataError(file.name(), "has a .npy header of over 64 KiB; save it again");
  NpyHeader header;
  header.data = 8 + length_bytes + length;
  HeaderText text(file, file.read(8 + length_bytes, length));
  std::set<std::string> seen;
  for (text.need("{"); !text.skip("}"); text.skip(",")) {
    const std::string key = text.quoted();
    text.need(":");
    if (key == "descr")
      read_descr(text, header);
    else if (key == "fortran_order")
      header.fortran_order = text.truth();
    else if (key == "shape")
      header.shape = text.numbers();
    else
      text.fail("with the unknown member '" + printable(key) + "'");
    if (!seen.insert(key).second) text.fail("that repeats a member");
  }
  if (seen.size() != 3) text.fail("that lacks a member");
  return header;
}

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
