#include "sample/record_table.hpp"

#include <gtest/gtest.h>

#include "support/archives.hpp"

namespace cs::sample {
namespace {

using test::expect_data_error;
using test::TemporaryFolder;

using Rows = std::vector<std::vector<std::string>>;

class RecordTableTest : public TemporaryFolder {
 protected:
  RecordTable table(const std::string& text) const { return RecordTable(write("list.tsv", text)); }

  static Rows rows(const RecordTable& table) {
    Rows all;
    table.each([&](const RecordTable::Row& row) { all.emplace_back(row.begin(), row.end()); });
    return all;
  }
};

TEST_F(RecordTableTest, ALineIsANameUnlessAFirstLineNamesColumns) {
  const RecordTable plain = table("a b.png\nc.png\n");
  EXPECT_EQ(rows(plain), (Rows{{"a b.png"}, {"c.png"}}));
  EXPECT_EQ(plain.column("name"), 0U);
  EXPECT_FALSE(plain.has("class"));
  const RecordTable listing = table("#id\tlabel\tclass\tname\n0\t1\tcat\ta.png\n1\t\t\tb.png\n");
  EXPECT_EQ(listing.column("class"), 2U);
  EXPECT_EQ(listing.column("name"), 3U);
  EXPECT_EQ(rows(listing), (Rows{{"0", "1", "cat", "a.png"}, {"1", "", "", "b.png"}}));
}

TEST_F(RecordTableTest, LineEndsOfOtherSystemsEmptyLinesAndMissingOnesAreNoMatter) {
  const Rows wanted = {{"a", "1"}, {"b", "2"}};
  for (const char* text : {"#name\tclass\na\t1\nb\t2\n", "#name\tclass\r\na\t1\r\nb\t2\r\n",
                           "#name\tclass\na\t1\nb\t2", "#name\tclass\n\na\t1\n\nb\t2\n\n\n",
                           "\xEF\xBB\xBF#name\tclass\r\na\t1\nb\t2\r"})
    EXPECT_EQ(rows(table(text)), wanted) << text;
  EXPECT_EQ(rows(table("\xEF\xBB\xBF"
                       "a\r\nb")),
            (Rows{{"a"}, {"b"}}));
  EXPECT_TRUE(rows(table("")).empty());
  EXPECT_TRUE(rows(table("\n\r\n")).empty());
}

TEST_F(RecordTableTest, OnlyTheFirstLineNamesColumns) {
  EXPECT_EQ(rows(table("a\n#b\n")), (Rows{{"a"}, {"#b"}}));
}

TEST_F(RecordTableTest, TheDigestIsOfTheBytes) {
  EXPECT_EQ(table("a\n").digest(), digest("a\n"));
  EXPECT_NE(table("a\n").digest(), table("a\r\n").digest());
}

TEST_F(RecordTableTest, FaultyTablesAreRefusedWithTheLine) {
  expect_data_error("line 3 has 1 columns, not 2", [&] { table("#name\tclass\na\tb\nonly\n"); });
  expect_data_error("line 2 has 3 columns, not 2", [&] { table("#name\tclass\na\tb\tc\n"); });
  expect_data_error("line 1 has 2 columns, not 1", [&] { table("a\tb\n"); });
  expect_data_error("two columns 'name'", [&] { table("#name\tname\n"); });
  expect_data_error("no column 'class'", [&] { table("a\n").column("class"); });
  expect_data_error("no column 'name'", [&] { table("#id\n0\n").column("name"); });
}

TEST_F(RecordTableTest, WhatIsNoFileIsAnError) {
  EXPECT_THROW(RecordTable(path("missing")), Error);
  EXPECT_THROW(RecordTable(path(".")), Error);
}

}  // namespace
}  // namespace cs::sample
