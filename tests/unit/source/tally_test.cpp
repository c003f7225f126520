#include "source/tally.hpp"

#include <gtest/gtest.h>

namespace cs::source {
namespace {

TEST(Tally, CountsAllAndNamesTheFirstInOrder) {
  Tally tally(2);
  EXPECT_EQ(tally.names(), "");
  tally.add("c");
  EXPECT_EQ(tally.count_of("file"), "1 file");
  tally.add("b");
  EXPECT_EQ(tally.names(), "b, c");
  tally.add("d");
  tally.add("a\n");
  EXPECT_EQ(tally.names(), "a\\x0A, b, ...");
  EXPECT_EQ(tally.count_of("file"), "4 files");
}

TEST(Tally, MayNameNone) {
  Tally tally(0);
  tally.add("a");
  EXPECT_EQ(tally.names(), "...");
}

}  // namespace
}  // namespace cs::source
