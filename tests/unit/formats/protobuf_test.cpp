#include "formats/protobuf.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/error.hpp"

namespace cs::formats {
namespace {

using namespace std::string_literals;

WireField only_field(const std::string& message) {
  static std::string kept;
  kept = message;
  WireReader reader("m", kept);
  const auto field = reader.next();
  EXPECT_TRUE(field && !reader.next());
  return *field;
}

void expect_wire_refusal(const std::string& message) {
  EXPECT_THROW(
      {
        WireReader reader("m", message);
        while (reader.next()) {
        }
      },
      DataError)
      << message.size();
}

// The examples of protobuf.dev/programming-guides/encoding.
TEST(Wire, ReadsTheExamplesOfItsSpecification) {
  EXPECT_EQ(only_field("\x08\x96\x01").number, 1U);
  EXPECT_EQ(only_field("\x08\x96\x01").varint, 150U);
  EXPECT_EQ(only_field("\x12\x07testing").number, 2U);
  EXPECT_EQ(only_field("\x12\x07testing").bytes, "testing");
  std::vector<std::uint64_t> numbers;
  wire_numbers("m", only_field("\x32\x06\x03\x8e\x02\x9e\xa7\x05"s),
               [&](std::uint64_t number) { numbers.push_back(number); });
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{3, 270, 86942}));
}

TEST(Wire, ReadsNumbersOfFixedSize) {
  EXPECT_EQ(only_field("\x15\0\0\x80\x3f"s).bytes.size(), 4U);
  EXPECT_EQ(wire_float("m", only_field("\x15\0\0\x80\x3f"s)), 1.0F);
  EXPECT_EQ(only_field("\x11"s + "01234567").bytes, "01234567");
}

TEST(Wire, ReadsNegativeNumbersAndTheLargest) {
  const std::string minus = "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_EQ(static_cast<std::int64_t>(only_field(minus).varint), -1);
}

TEST(Wire, RefusesWhatIsCutShortOrNoField) {
  for (const std::string& message :
       {"\x08"s, "\x08\x96"s, "\x12\x08testing"s, "\x15\0\0\x80"s, "\x11"s + "0123456",
        "\x00\x01"s,                                            // field 0
        "\x0b"s, "\x0c"s, "\x0e"s, "\x0f"s,                     // groups, and no kinds
        "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s,    // of 11 bytes
        "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s + "x",  // a length of -1
        "\xff\xff\xff\xff\xff\xff\x01\x01"s})                   // a field of too high a number
    expect_wire_refusal(message);
}

TEST(Wire, RefusesAFieldOfAnotherKind) {
  EXPECT_THROW(wire_message("m", only_field("\x08\x01")), DataError);
  EXPECT_THROW(wire_number("m", only_field("\x12\x01x")), DataError);
  EXPECT_THROW(wire_float("m", only_field("\x08\x01")), DataError);
}

TEST(Wire, WritesWhatItReads) {
  EXPECT_EQ(wire_varint(1, 150), "\x08\x96\x01");
  EXPECT_EQ(wire_bytes(2, "testing"), "\x12\x07testing");
  EXPECT_EQ(only_field(wire_varint(300, ~0ULL)).varint, ~0ULL);
  EXPECT_EQ(only_field(wire_varint(300, ~0ULL)).number, 300U);
  EXPECT_EQ(only_field(wire_bytes(16, std::string(300, 'x'))).bytes.size(), 300U);
  EXPECT_EQ(only_field(wire_bytes(16, "x")).whole, wire_bytes(16, "x"));
}

}  // namespace
}  // namespace cs::formats
