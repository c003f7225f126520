#include "cli/text_table.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace cs::cli {
namespace {

std::string printed(TableStyle style) {
  std::ostringstream out;
  print_table(out, {{"name", "n"}, {"a|b", "12"}, {"c", "3"}}, style);
  return out.str();
}

TEST(TextTable, AlignsTheFirstColumnLeftAndOthersRight) {
  EXPECT_EQ(printed(TableStyle::kPlain),
            "name   n\n"
            "----  --\n"
            "a|b   12\n"
            "c      3\n");
}

TEST(TextTable, EscapesBarsInMarkdown) {
  EXPECT_EQ(printed(TableStyle::kMarkdown),
            "| name |  n |\n"
            "| ---- | -: |\n"
            "| a\\|b | 12 |\n"
            "| c    |  3 |\n");
}

}  // namespace
}  // namespace cs::cli
