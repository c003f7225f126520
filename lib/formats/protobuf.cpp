#include "formats/protobuf.hpp"

#include <cstring>

#include "core/error.hpp"

namespace cs::formats {
namespace {

constexpr unsigned kKindBits = 3;
constexpr std::uint64_t kMostNumber = (1U << 29U) - 1;

[[noreturn]] void damaged(std::string_view subject) {
  throw DataError(subject, "is damaged or cut short; copy or fetch it again");
}

std::string varint_of(std::uint64_t value) {
  std::string text;
  for (; value >= 0x80; value >>= 7U) text += static_cast<char>((value & 0x7FU) | 0x80U);
  return text + static_cast<char>(value);
}

std::string tag_of(std::uint32_t number, WireKind kind) {
  return varint_of(std::uint64_t{number} << kKindBits | static_cast<std::uint8_t>(kind));
}

}  // namespace

std::string_view WireReader::take(std::uint64_t count) {
  if (count > message_.size() - at_) damaged(subject_);
  const std::string_view taken = message_.substr(at_, count);
  at_ += count;
  return taken;
}

std::uint64_t WireReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  damaged(subject_);
}

std::optional<WireField> WireReader::next() {
  if (at_end()) return std::nullopt;
  const std::size_t begin = at_;
  const std::uint64_t tag = varint();
  const std::uint64_t number = tag >> kKindBits;
  if (number == 0 || number > kMostNumber) damaged(subject_);
  WireField field;
  field.number = static_cast<std::uint32_t>(number);
  field.kind = static_cast<WireKind>(tag & ((1U << kKindBits) - 1));
  switch (field.kind) {
    case WireKind::kVarint:
      field.varint = varint();
      break;
    case WireKind::kFixed64:
      field.bytes = take(8);
      break;
    case WireKind::kBytes:
      field.bytes = take(varint());
      break;
    case WireKind::kFixed32:
      field.bytes = take(4);
      break;
    default:  // groups, which nobody writes anymore, and what does not exist
      damaged(subject_);
  }
  field.whole = message_.substr(begin, at_ - begin);
  return field;
}

std::string_view wire_message(std::string_view subject, const WireField& field) {
  if (field.kind != WireKind::kBytes) damaged(subject);
  return field.bytes;
}

std::uint64_t wire_number(std::string_view subject, const WireField& field) {
  if (field.kind != WireKind::kVarint) damaged(subject);
  return field.varint;
}

float wire_float(std::string_view subject, const WireField& field) {
  if (field.kind != WireKind::kFixed32) damaged(subject);
  float value = 0;
  std::memcpy(&value, field.bytes.data(), sizeof value);
  return value;
}

std::string wire_varint(std::uint32_t number, std::uint64_t value) {
  return tag_of(number, WireKind::kVarint) + varint_of(value);
}

std::string wire_bytes(std::uint32_t number, std::string_view bytes) {
  return tag_of(number, WireKind::kBytes) + varint_of(bytes.size()) + std::string(bytes);
}

}  // namespace cs::formats
