#include "core/parse.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "support/thrown.hpp"

namespace cs {
namespace {

using test::thrown;

TEST(ParseUnsigned, TakesWholeNumbersInRange) {
  EXPECT_EQ(parse_unsigned("-n", "0", 0, 10), 0U);
  EXPECT_EQ(parse_unsigned("-n", "10", 0, 10), 10U);
  EXPECT_EQ(parse_unsigned("-n", "18446744073709551615", 0, UINT64_MAX), UINT64_MAX);
}

TEST(ParseUnsigned, RefusesEverythingElse) {
  for (const char* text : {"", " 3", "3 ", "+3", "-3", "0x10", "1e3", "3.0", "1,5", "1.5", "three",
                           "99999999999999999999x", "\xEF\xBC\x93"})
    EXPECT_THROW(parse_unsigned("-n", text, 0, UINT64_MAX), UsageError) << text;
  EXPECT_THROW(parse_unsigned("-n", "18446744073709551616", 0, UINT64_MAX), UsageError);
  EXPECT_THROW(parse_unsigned("-n", "1", 2, 3), UsageError);
  EXPECT_THROW(parse_unsigned("-n", "4", 2, 3), UsageError);
}

TEST(ParseUnsigned, SaysWhatIsWrongAndWhatWouldBeRight) {
  EXPECT_EQ(thrown<UsageError>([] { parse_unsigned("--count", "x\ny", 0, 3); }),
            "--count: 'x\\x0Ay' is not a whole number");
  EXPECT_EQ(
      thrown<UsageError>([] { parse_unsigned("--seed", "18446744073709551616", 1, UINT64_MAX); }),
      "--seed: '18446744073709551616' is out of range; give 1 to 18446744073709551615");
}

TEST(ParseNumber, TakesDecimalNumbersInRange) {
  EXPECT_EQ(parse_number("--lr", "0.1", 0, 1), 0.1);
  EXPECT_EQ(parse_number("--lr", "1e-3", 0, 1), 1e-3);
  EXPECT_EQ(parse_number("--lr", "-2", -3, 1), -2);
  EXPECT_EQ(parse_number("--lr", ".5", 0, 1), 0.5);
}

TEST(ParseNumber, RefusesEverythingElse) {
  for (const char* text : {"", " 1", "1 ", "+1", "1,5", "0x1p3", "nan", "-nan", "inf", "infinity",
                           "1e999", "1..2", "e5"})
    EXPECT_THROW(parse_number("--lr", text, -1e9, 1e9), UsageError) << text;
  EXPECT_EQ(thrown<UsageError>([] { parse_number("--lr", "2", 0, 0.5); }),
            "--lr: '2' is out of range; give 0 to 0.5");
}

TEST(Split, CutsAtEverySeparator) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(split("a,b", ','), (Pieces{"a", "b"}));
  EXPECT_EQ(split("", ','), Pieces{""});
  EXPECT_EQ(split(",a,,", ','), (Pieces{"", "a", "", ""}));
}

TEST(Join, IsTheOtherWayRound) {
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(join({"a", "a"}, "|"), "a|a");
  EXPECT_EQ(join({"a"}, "|"), "a");
  EXPECT_EQ(join({}, "|"), "");
}

TEST(ToText, IsTheShortestTextThatReadsBack) {
  EXPECT_EQ(to_text(0.1), "0.1");
  EXPECT_EQ(to_text(100), "100");
  EXPECT_EQ(parse_number("x", to_text(1.0 / 3), 0, 1), 1.0 / 3);
}

}  // namespace
}  // namespace cs
