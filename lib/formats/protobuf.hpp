/// The wire format of protocol buffers (protobuf.dev/programming-guides/encoding): a message is a
/// row of fields, each a number, a kind and a value. Functions that read throw DataError naming
/// `subject` for what is cut short, or of another kind than it should be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cs::formats {

enum class WireKind : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct WireField {
  std::uint32_t number = 0;
  WireKind kind = WireKind::kVarint;
  std::uint64_t varint = 0;  ///< of kVarint
  std::string_view bytes;    ///< of kBytes; the 4 or 8 of kFixed32 and kFixed64
  std::string_view whole;    ///< as it stands in the message
};

/// Walks the fields of a message, which must outlive it.
class WireReader {
 public:
  WireReader(std::string_view subject, std::string_view message)
      : subject_(subject), message_(message) {}

  std::optional<WireField> next();  ///< nothing at the end
  std::uint64_t varint();           ///< without a field around it, as in packed lists
  bool at_end() const { return at_ == message_.size(); }

 private:
  std::string_view take(std::uint64_t count);

  std::string_view subject_;
  std::string_view message_;
  std::size_t at_ = 0;
};

/// The bytes of a field that holds a message or text.
std::string_view wire_message(std::string_view subject, const WireField& field);

/// The number of a field that holds one.
std::uint64_t wire_number(std::string_view subject, const WireField& field);

/// The number of a field that holds one of 32-bit floating point.
float wire_float(std::string_view subject, const WireField& field);

/// Calls `see` with the numbers of a repeated field, which has one of them, or all, packed.
template <typename See>
void wire_numbers(std::string_view subject, const WireField& field, const See& see) {
  if (field.kind == WireKind::kVarint) return see(field.varint);
  WireReader packed(subject, wire_message(subject, field));
  while (!packed.at_end()) see(packed.varint());
}

/// Fields as they are written.
std::string wire_varint(std::uint32_t number, std::uint64_t value);
std::string wire_bytes(std::uint32_t number, std::string_view bytes);

}  // namespace cs::formats
