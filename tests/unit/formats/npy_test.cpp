#include "formats/npy.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace cs::formats {
namespace {

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

}  // namespace
}  // namespace cs::formats
