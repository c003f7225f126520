#include "sample/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "support/archives.hpp"

namespace cs::sample {
namespace {

using Indices = std::vector<std::size_t>;

Indices first(std::size_t count) {
  Indices indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

TEST(Split, IsReadStrictly) {
  EXPECT_EQ(parse_split("8:1:1", 2).proportions, (std::vector<std::uint64_t>{8, 1, 1}));
  EXPECT_EQ(parse_split("0:1", 1).part, 1U);
  for (const char* text :
       {"", "8", ":", "8:", ":2", "0:0", "8:-2", "8:2.5", "8 : 2", "8,2", "a:b", "8:1000000001"})
    EXPECT_THROW(parse_split(text, 0), UsageError) << text;
  EXPECT_THROW(parse_split("8:2", 2), UsageError);
}

TEST(Split, PartsHaveTheirProportions) {
  const auto size = [&](const std::string& text, std::size_t part) {
    return part_of(first(10), parse_split(text, part), 0).size();
  };
  EXPECT_EQ(size("8:2", 0), 8U);
  EXPECT_EQ(size("8:2", 1), 2U);
  EXPECT_EQ(size("1:1:1", 0), 3U);
  EXPECT_EQ(size("1:1:1", 1), 4U);
  EXPECT_EQ(size("1:1:1", 2), 3U);
  EXPECT_EQ(size("0:1", 1), 10U);
  test::expect_data_error("this part holds no record", [&] { size("0:1", 0); });
  test::expect_data_error("this part holds no record", [&] { size("1000:1", 1); });
}

TEST(Split, APartStaysWhenLaterOnesAreDivided) {
  const auto part = [&](const std::string& text, std::uint64_t seed) {
    return part_of(first(50), parse_split(text, 0), seed);
  };
  EXPECT_EQ(part("8:2", 1), part("80:20", 1));
  EXPECT_EQ(part("8:2", 1), part("8:1:1", 1));
  EXPECT_NE(part("8:2", 1), part("8:2", 2));
}

TEST(Split, PartsAreDisjointCompleteAndInOrder) {
  for (const std::size_t count : {7U, 100U, 1001U}) {
    Indices all;
    for (std::size_t part = 0; part < 4; ++part) {
      const Indices one = part_of(first(count), parse_split("3:1:2:1", part), 8);
      EXPECT_TRUE(std::is_sorted(one.begin(), one.end()));
      all.insert(all.end(), one.begin(), one.end());
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, first(count));
  }
}

}  // namespace
}  // namespace cs::sample
