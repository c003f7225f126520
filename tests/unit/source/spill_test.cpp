#include "source/spill.hpp"

#include <gtest/gtest.h>

#include "support/archives.hpp"

namespace cs::source {
namespace {

using test::TemporaryFolder;

using SpillTest = TemporaryFolder;

TEST_F(SpillTest, WhatWasPutComesBackInAnyOrderOnce) {
  Spill spill(path("."));
  spill.put(3, "three");
  spill.put(1, "");
  spill.put(2, std::string(100'000, 'x'));
  EXPECT_FALSE(spill.holds(0));
  EXPECT_EQ(spill.take(2), std::string(100'000, 'x'));
  EXPECT_EQ(spill.take(1), "");
  EXPECT_EQ(spill.take(3), "three");
  EXPECT_FALSE(spill.holds(3));
}

TEST_F(SpillTest, AFolderThatIsMissingIsNamed) {
  Spill spill(path("missing"));
  try {
    spill.put(0, "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("missing: cannot make"), std::string::npos);
  }
}

}  // namespace
}  // namespace cs::source
