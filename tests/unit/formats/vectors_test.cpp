#include "formats/vectors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "support/npz.hpp"
#include "support/text_bytes.hpp"
#include "support/thrown.hpp"

namespace cs::formats {
namespace {

using namespace std::string_literals;

using test::bytes_of;
using test::npy_of;
using test::TextBytes;
using test::thrown;

using Floats = std::vector<float>;

Vectors parse(const std::string& file) { return parse_npy_vectors(TextBytes(file)); }

std::string fault_of_array(const std::string& file) {
  return thrown<DataError>([&] { parse(file); });
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string reversed(std::string bytes, std::size_t size) {
  for (std::size_t at = 0; at < bytes.size(); at += size)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
  return bytes;
}

TEST(Vectors, OfEveryFloatingTypeAndByteOrderAreRead) {
  const Floats expected = {1, -2.5, 3, 0.25, 5, 65504};
  const std::string f8 = bytes_of(std::vector<double>{1, -2.5, 3, 0.25, 5, 65504});
  const std::string f4 = bytes_of(expected);
  const std::string f2 = bytes_of(
      std::vector<std::uint16_t>{0x3C00, 0xC100, 0x4200, 0x3400, 0x4500, 0x7BFF});  // by numpy
  for (const auto& [type, bytes] :
       {std::pair("f8"s, f8), std::pair("f4"s, f4), std::pair("f2"s, f2)}) {
    const auto size = static_cast<std::size_t>(type[1] - '0');
    for (const std::string& file : {npy_of("<" + type, "(2, 3)", bytes),
                                    npy_of(">" + type, "(2, 3)", reversed(bytes, size))}) {
      const Vectors vectors = parse(file);
      EXPECT_EQ(vectors.count, 2U);
      EXPECT_EQ(vectors.width, 3U);
      EXPECT_EQ(vectors.values, expected) << type;
      EXPECT_EQ(vectors.row(1)[0], 0.25F);
    }
  }
}

TEST(Vectors, InFortranOrderComeByColumns) {
  const Vectors vectors = parse(npy_of("<f4", "(2, 3)", bytes_of(Floats{1, 4, 2, 5, 3, 6}), true));
  EXPECT_EQ(vectors.values, (Floats{1, 2, 3, 4, 5, 6}));
}

/// Both orders are read in blocks of 4 MiB.
TEST(Vectors, OfSeveralBlocksStayInPlace) {
  constexpr std::uint64_t kRows = 5000;
  constexpr std::uint64_t kWidth = 700;
  Floats by_rows;
  Floats by_columns;
  for (std::uint64_t i = 0; i < kRows * kWidth; ++i) {
    by_rows.push_back(static_cast<float>(i));
    by_columns.push_back(static_cast<float>(i % kRows * kWidth + i / kRows));
  }
  const auto check = [&](const Vectors& vectors) { EXPECT_TRUE(vectors.values == by_rows); };
  check(parse(npy_of(by_rows, kWidth)));
  check(parse(npy_of("<f4", "(5000, 700)", bytes_of(by_columns), true)));
}

TEST(Vectors, NameTheRowOfANumberThatIsNotFinite) {
  for (const float wrong : {NAN, INFINITY, -INFINITY}) {
    Floats numbers(12, 1.F);
    numbers[7] = wrong;
    EXPECT_TRUE(mentions(fault_of_array(npy_of(numbers, 3)),
                         "row 2 (from 0) holds a number that is not finite"));
  }
  EXPECT_TRUE(
      mentions(fault_of_array(npy_of("<f8", "(2, 1)", bytes_of(std::vector<double>{1, 1e39}))),
               "row 1 (from 0)"));
  EXPECT_TRUE(mentions(
      fault_of_array(npy_of("<f2", "(1, 1)", bytes_of(std::vector<std::uint16_t>{0x7C00}))),
      "row 0"));
}

TEST(Vectors, OfOtherTypesAndShapesAreRefused) {
  const std::string four(16, '\0');
  EXPECT_TRUE(mentions(fault_of_array(npy_of("<i4", "(2, 2)", four)),
                       "holds i4, not numbers of f2, f4 or f8"));
  EXPECT_TRUE(mentions(fault_of_array(npy_of("<U2", "(2, 1)", four)), "holds U2, not numbers"));
  EXPECT_TRUE(mentions(fault_of_array(npy_of("<f4", "(4,)", four)),
                       "an array of 4, not one vector an image"));
  EXPECT_TRUE(
      mentions(fault_of_array(npy_of("<f4", "(1, 2, 2)", four)), "of 1 x 2 x 2, not one vector"));
  EXPECT_TRUE(
      mentions(fault_of_array(npy_of("<f4", "()", four.substr(4 * 3))), "of one element, not"));
  EXPECT_TRUE(mentions(fault_of_array(npy_of("<f4", "(0, 4)", "")), "holds no number"));
  EXPECT_TRUE(mentions(fault_of_array(npy_of("<f4", "(4, 0)", "")), "holds no number"));
  EXPECT_TRUE(mentions(fault_of_array("PK"), "is not a .npy file"));
}

TEST(Vectors, OfAnotherSizeThanStatedAreRefused) {
  const std::string file = npy_of(Floats(6), 3);
  EXPECT_TRUE(mentions(fault_of_array(file.substr(0, file.size() - 1)),
                       "holds 23 bytes of elements, where its .npy header states 24"));
  EXPECT_TRUE(mentions(fault_of_array(file + "x"), "holds 25 bytes of elements"));
  EXPECT_TRUE(mentions(fault_of_array(npy_of("<f4", "(4294967296, 4294967296)", "")),
                       "more than there can be"));
}

TEST(Vectors, HalfPrecisionIsIeees) {
  EXPECT_EQ(half_to_float(0x0001), std::ldexp(1.F, -24));
  EXPECT_EQ(half_to_float(0x03FF), std::ldexp(1023.F, -24));
  EXPECT_EQ(half_to_float(0x0400), std::ldexp(1.F, -14));
  EXPECT_EQ(half_to_float(0x3555), 0.333251953125F);
  EXPECT_EQ(half_to_float(0xFBFF), -65504.F);
  EXPECT_TRUE(std::signbit(half_to_float(0x8000)));
  EXPECT_EQ(half_to_float(0xFC00), -INFINITY);
  EXPECT_TRUE(std::isnan(half_to_float(0x7E00)));
}

TEST(Vectors, AreRoundedToTheNearestF32) {
  EXPECT_EQ(to_float(0.1), 0.1F);
  EXPECT_EQ(to_float(std::numeric_limits<float>::max()), std::numeric_limits<float>::max());
  EXPECT_EQ(to_float(-3.5e38), -INFINITY);
  EXPECT_TRUE(std::isnan(to_float(NAN)));
}

std::vector<std::string> texts(const std::string& file) { return parse_npy_texts(TextBytes(file)); }

TEST(Texts, OfBytesLoseTheZerosThatFillThemUp) {
  EXPECT_EQ(texts(npy_of("|S3", "(3,)", "a\0\0abc\0\0\0"s)),
            (std::vector<std::string>{"a", "abc", ""}));
}

TEST(Texts, OfCharactersBecomeUtf8) {
  const std::u32string wide = U"a\u00e9\u20ac\U0001f600"s;
  const std::string bytes(reinterpret_cast<const char*>(wide.data()), 16);
  const std::vector<std::string> expected = {"a\xc3\xa9", "\xe2\x82\xac\xf0\x9f\x98\x80"};
  EXPECT_EQ(texts(npy_of("<U2", "(2,)", bytes)), expected);
  EXPECT_EQ(texts(npy_of(">U2", "(2,)", reversed(bytes, 4))), expected);
}

TEST(Texts, ThatAreNoneAreRefused) {
  const auto fault_of = [](const std::string& file) {
    return thrown<DataError>([&] { texts(file); });
  };
  EXPECT_TRUE(mentions(fault_of(npy_of("<U1", "(1,)", "\0\xd8\0\0"s)), "not Unicode"));
  EXPECT_TRUE(mentions(fault_of(npy_of("<U1", "(1,)", "\0\0\x11\0"s)), "not Unicode"));
  EXPECT_TRUE(mentions(fault_of(npy_of("<i4", "(1,)", "abcd")), "holds i4 of 1, not one text"));
  EXPECT_TRUE(
      mentions(fault_of(npy_of("|S2", "(1, 2)", "abcd")), "holds S2 of 1 x 2, not one text"));
  EXPECT_TRUE(mentions(fault_of(npy_of("|S2", "(2,)", "abc")), "holds 3 bytes of elements"));
  EXPECT_TRUE(mentions(fault_of(npy_of("|O", "(2,)", "abc")), "of Python objects"));
  for (const char* descr : {"|S0", "<U0", "<U16385", "|S65537", "|S999999999", "<U", "<Ux"})
    EXPECT_TRUE(mentions(fault_of(npy_of(descr, "(0,)", "")), "has a .npy header of ")) << descr;
}

}  // namespace
}  // namespace cs::formats
