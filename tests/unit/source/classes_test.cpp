#include "source/classes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cs::source {
namespace {

using Names = std::vector<std::string>;

TEST(Classes, NumbersStandByValueBeforeOtherNames) {
  Names names = {"b", "10", "9", "a", "010", "1x", "", "99999999999999999999999", "Z", "0"};
  std::sort(names.begin(), names.end(), class_less);
  EXPECT_EQ(names,
            (Names{"0", "9", "010", "10", "99999999999999999999999", "", "1x", "Z", "a", "b"}));
}

TEST(Classes, TheOrderIsAnOrder) {
  const Names names = {"", "0", "00", "1", "01", "9", "10", "1x", "a", "\xFF"};
  for (const std::string& a : names)
    for (const std::string& b : names)
      EXPECT_EQ(class_less(a, b) || class_less(b, a), a != b) << a << ' ' << b;
}

TEST(Classes, LabelsFollowTheOrderWhateverTheRepeats) {
  const ClassIndex index({"dog", "10", "cat", "dog", "9"});
  EXPECT_EQ(index.names(), (Names{"9", "10", "cat", "dog"}));
  EXPECT_EQ(index.label("9"), 0);
  EXPECT_EQ(index.label("dog"), 3);
  EXPECT_EQ(index.label("bird"), -1);
  EXPECT_EQ(index.label(""), -1);
  EXPECT_EQ(ClassIndex({}).label("x"), -1);
}

}  // namespace
}  // namespace cs::source
