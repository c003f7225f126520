#include "core/hash.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "core/error.hpp"

namespace cs {
namespace {

Digest make(std::uint64_t high, std::uint64_t low) {
  Digest d;
  d.low = low;
  d.high = high;
  return d;
}

TEST(DigestOf, IsXxh3Of128Bits) {
  EXPECT_EQ(digest("").hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(digest("abc").hex(), "06b05ab6733a618578af5f94892f3950");
}

TEST(Digest, AddsWithCarry) {
  Digest d = make(1, UINT64_MAX);
  d += make(2, 1);
  EXPECT_EQ(d, make(4, 0));
  d = make(UINT64_MAX, UINT64_MAX);
  d += make(0, 1);
  EXPECT_EQ(d, make(0, 0));
}

TEST(Digest, SubtractsWithBorrow) {
  Digest d = make(4, 0);
  d -= make(2, 1);
  EXPECT_EQ(d, make(1, UINT64_MAX));
  d = make(0, 0);
  d -= make(0, 1);
  EXPECT_EQ(d, make(UINT64_MAX, UINT64_MAX));
}

TEST(Digest, AddsAndSubtractsItself) {
  Digest d = make(1, UINT64_MAX);
  d += d;
  EXPECT_EQ(d, make(3, UINT64_MAX - 1));
  d -= d;
  EXPECT_EQ(d, make(0, 0));
}

TEST(Digest, ReadsBackItsHex) {
  const Digest d = make(0x0123456789abcdef, 0xfedcba9876543210);
  EXPECT_EQ(d.hex(), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(Digest::from_hex(d.hex()), d);
}

TEST(Digest, RefusesAnythingElse) {
  const std::string good = "0123456789abcdeffedcba9876543210";
  for (const std::string& text :
       {std::string(), good + "0", good.substr(1), " " + good.substr(1), "-" + good.substr(1),
        "0x" + good.substr(2), good.substr(1) + "g", "A" + good.substr(1)})
    EXPECT_THROW(Digest::from_hex(text), DataError) << text;
}

TEST(ChecksumOf, IsXxh3Of64BitsHoweverTheBytesAreCut) {
  EXPECT_EQ(Checksum().value(), 0x2d06800538d394c2U);
  Checksum whole, pieces;
  whole.update("abcdef", 6);
  pieces.update("ab", 2);
  pieces.update("", 0);
  pieces.update("cdef", 4);
  EXPECT_EQ(whole.value(), pieces.value());
  Checksum abc;
  abc.update("abc", 3);
  EXPECT_EQ(abc.value(), 0x78af5f94892f3950U);
}

}  // namespace
}  // namespace cs
