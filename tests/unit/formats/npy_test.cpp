#include "formats/npy.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/text_bytes.hpp"
#include "support/thrown.hpp"

namespace cs::formats {
namespace {

using test::TextBytes;
using test::thrown;

/// A header of the given version around `text`, which claims to be `length` bytes long.
std::string with_header(const std::string& text, int version, std::uint64_t length) {
  std::string bytes("\x93NUMPY", 6);
  bytes += {static_cast<char>(version), '\0'};
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    bytes.push_back(static_cast<char>(length >> (8 * i)));
  return bytes + text;
}

std::string with_header(const std::string& text, int version = 1) {
  return with_header(text, version, text.size());
}

NpyHeader parse(const std::string& bytes) { return read_npy_header(TextBytes(bytes)); }

/// What is wrong with a header of this text.
std::string fault(const std::string& text) {
  return thrown<DataError>([&] { parse(with_header(text)); });
}

TEST(Npy, BytesOfATinyFileArePinned) {
  const std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += text + std::string(117 - text.size(), ' ') + "\n" + "abcdefgh";
  EXPECT_EQ(to_npy("f4", {2, 1}, "abcdefgh"), expected);
}

TEST(Npy, ShapesAreWrittenAsPythonTuples) {
  const auto has = [](const std::vector<std::int64_t>& shape, const std::string& text) {
    return npy_header("u1", shape)
               .find("'|u1', 'fortran_order': False, 'shape': " + text + ", }") !=
           std::string::npos;
  };
  EXPECT_TRUE(has({}, "()"));
  EXPECT_TRUE(has({5}, "(5,)"));
  EXPECT_TRUE(has({5, 0, 7}, "(5, 0, 7)"));
}

TEST(Npy, ElementsStartAtAMultipleOf64Bytes) {
  std::vector<std::int64_t> shape;
  for (int dimensions = 0; dimensions < 40; ++dimensions, shape.push_back(1234567))
    EXPECT_EQ(npy_header("i8", shape).size() % 64, 0U);
}

TEST(Npy, WrongTypesAndShapesAreRefused) {
  EXPECT_THROW(npy_header("O8", {1}), Error);
  EXPECT_THROW(npy_header("f8", {1}), Error);
  EXPECT_THROW(to_npy("f4", {2}, "abcd"), Error);
  EXPECT_THROW(to_npy("f2", {-1}, ""), Error);
  EXPECT_THROW(to_npy("f4", {INT64_MAX, 4}, ""), Error);
}

TEST(Npy, WhatIsWrittenIsRead) {
  for (const char* dtype : {"u1", "i4", "i8", "f2", "f4"}) {
    const std::string bytes = npy_header(dtype, {3, 0, 5});
    const NpyHeader header = parse(bytes);
    EXPECT_EQ(header.dtype(), dtype);
    EXPECT_EQ(header.shape, (std::vector<std::uint64_t>{3, 0, 5}));
    EXPECT_EQ(header.data, bytes.size());
    EXPECT_FALSE(header.fortran_order);
    EXPECT_FALSE(header.big_endian);
  }
  EXPECT_TRUE(parse(npy_header("u1", {})).shape.empty());
}

TEST(Npy, AllVersionsAndSpellingsAreRead) {
  const std::string text = "{'descr': '>i2', 'fortran_order': True, 'shape': (7, 2), }  \n";
  for (int version = 1; version <= 3; ++version) {
    const NpyHeader header = parse(with_header(text, version));
    EXPECT_TRUE(header.big_endian);
    EXPECT_TRUE(header.fortran_order);
    EXPECT_EQ(header.dtype(), "i2");
    EXPECT_EQ(header.shape, (std::vector<std::uint64_t>{7, 2}));
    EXPECT_EQ(header.data, text.size() + (version == 1 ? 10 : 12));
  }
  EXPECT_EQ(
      parse(with_header("{\"shape\":(1,),\"descr\":\"|b1\",\"fortran_order\":False}")).dtype(),
      "b1");
}

TEST(Npy, AHeaderCutAnywhereIsRefused) {
  const std::string whole = npy_header("f4", {2, 3});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(parse(whole.substr(0, size)), DataError) << size;
}

TEST(Npy, AHugeHeaderIsRefusedBeforeItIsRead) {
  EXPECT_EQ(thrown<DataError>([] { parse(with_header("{", 2, 0xFFFFFFFF)); }),
            "x: has a .npy header of over 64 KiB; save it again");
  EXPECT_EQ(thrown<DataError>([] { parse(with_header("{}", 4)); }),
            "x: is of a later .npy version; save it as version 1 to 3");
  EXPECT_EQ(thrown<DataError>([] { parse("P6 1 1 255 abcdefgh"); }),
            "x: is not a .npy file; name one, or say what kind of file it is");
}

TEST(Npy, ObjectsStructuresAndOddTypesAreRefused) {
  const auto of_type = [](const std::string& descr) {
    return fault("{'descr': " + descr + ", 'fortran_order': False, 'shape': (1,), }");
  };
  EXPECT_NE(of_type("[('a', '<f4')]").find("of a structure"), std::string::npos);
  EXPECT_NE(of_type("'|O'").find("of Python objects (convert texts with astype(str))"),
            std::string::npos);
  for (const char* descr : {"'O8'", "'<M8[ns]'", "'<f3'", "'<f99999999999999999999'", "''", "'<'",
                            "'<>f4'", "'|V1'", "'f'"})
    EXPECT_NE(of_type(descr).find("of no plain type"), std::string::npos) << descr;
}

TEST(Npy, TextsHaveALengthInCharacters) {
  const auto of_type = [](const std::string& descr) {
    return parse(
        with_header("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (3,), }"));
  };
  EXPECT_EQ(of_type("<U4").bytes, 16U);
  EXPECT_EQ(of_type("<U4").dtype(), "U4");
  EXPECT_EQ(of_type("|S7").bytes, 7U);
  EXPECT_EQ(of_type("|S7").dtype(), "S7");
}

TEST(Npy, HeadersThatAreNoPlainDictionaryAreRefused) {
  const std::string descr = "'descr': '|u1', ", order = "'fortran_order': False, ";
  const auto of_shape = [&](const std::string& shape) {
    return fault("{" + descr + order + "'shape': " + shape + "}");
  };
  for (const char* shape : {"3", "(", "(-1,)", "(1 2)", "(x,)", "(1.5,)",
                            "(1000000000000000000000,)", "[1]", "(1,,2)", "None", ""})
    EXPECT_NE(of_shape(shape).find("has a .npy header"), std::string::npos) << shape;
  std::string deep = "(";
  for (int i = 0; i < 33; ++i) deep += "1,";
  EXPECT_NE(of_shape(deep + ")").find("more than 32 dimensions"), std::string::npos);
  for (const std::string& text :
       {std::string(), std::string("{"), "{" + descr + order + "}",
        "{" + descr + descr + order + "}", "{" + descr + order + "'shape': (1,), 'more': 1}",
        "{" + descr + "'fortran_order': 0, 'shape': (1,)}", "{'descr: " + order + "}"})
    EXPECT_NE(fault(text).find("has a .npy header"), std::string::npos) << text;
}

}  // namespace
}  // namespace cs::formats
