#include "core/words.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace cs {
namespace {

enum class Fruit { kApple, kPear, kPlum };

constexpr Words<Fruit, 2> kFruits{"fruit", {{{"apple", Fruit::kApple}, {"pear", Fruit::kPear}}}};

TEST(WordsTest, EveryWordIsReadAsItsValueAndPrintedAsItWasRead) {
  EXPECT_EQ(kFruits.parse("apple"), Fruit::kApple);
  EXPECT_EQ(kFruits.parse("pear"), Fruit::kPear);
  EXPECT_EQ(kFruits.print(Fruit::kPear), "pear");
}

TEST(WordsTest, OtherTextIsRefusedNamingTheFieldTheTextAndTheWords) {
  for (const char* text : {"Apple", "", "apple ", "appl"}) {
    try {
      kFruits.parse(text);
      FAIL() << text;
    } catch (const UsageError& error) {
      EXPECT_EQ(error.what(), "`fruit`: '" + std::string(text) + "' is none of apple|pear");
    }
  }
}

TEST(WordsTest, AValueWithoutAWordIsAProgrammingError) {
  EXPECT_THROW(kFruits.print(Fruit::kPlum), std::logic_error);
}

}  // namespace
}  // namespace cs
