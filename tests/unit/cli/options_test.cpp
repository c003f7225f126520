#include "cli/options.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "support/thrown.hpp"

namespace cs::cli {
namespace {

using test::thrown;

/// Gives the table's only option a value.
void set(const OptionTable& table, const std::string& value) { table.rows().back().set(value); }

TEST(OptionTable, SplitsNamesIntoLetterAndName) {
  OptionTable table;
  bool flag = false;
  std::uint64_t count = 7;
  table.flag("f,force", flag, "F.").whole("count", count, 1, 9, "N.");
  EXPECT_EQ(table.rows()[0].letter, 'f');
  EXPECT_EQ(table.rows()[0].name, "force");
  EXPECT_EQ(table.rows()[0].argument, "");
  EXPECT_EQ(table.rows()[1].letter, 0);
  EXPECT_EQ(table.rows()[1].name, "count");
  EXPECT_EQ(table.rows()[1].argument, "N");
  EXPECT_EQ(table.rows()[1].fallback, "7");
}

TEST(OptionTable, TakesWholeNumbersStrictly) {
  OptionTable table;
  std::int64_t field = 3;
  table.whole("n,count", field, 1, 100, "N.");
  set(table, "42");
  EXPECT_EQ(field, 42);
  for (const char* bad : {"", "0", "101", "-1", "+1", "4 2", "1,5", "1e1", "0x10", "x"})
    EXPECT_THROW(set(table, bad), UsageError) << bad;
  EXPECT_EQ(field, 42);
  EXPECT_EQ(thrown<UsageError>([&] { set(table, "101"); }),
            "--count: '101' is out of range; give 1 to 100");
}

TEST(OptionTable, TakesNumbersStrictly) {
  OptionTable table;
  double field = 0.5;
  table.number("lr", field, -1, 1, "X.");
  EXPECT_EQ(table.rows().back().fallback, "0.5");
  set(table, "-1e-2");
  EXPECT_EQ(field, -0.01);
  for (const char* bad : {"", "1,5", "nan", "inf", "2", "-1.5", "1 "})
    EXPECT_THROW(set(table, bad), UsageError) << bad;
}

TEST(OptionTable, TakesOnlyTheWordsOfAChoice) {
  OptionTable table;
  std::string field = "a";
  table.choice("method", {"a", "bc"}, field, "C.");
  EXPECT_EQ(table.rows().back().argument, "a|bc");
  EXPECT_EQ(table.rows().back().fallback, "a");
  set(table, "bc");
  EXPECT_EQ(field, "bc");
  EXPECT_EQ(thrown<UsageError>([&] { set(table, "b"); }), "--method: 'b' is none of a|bc");
  EXPECT_THROW(set(table, ""), UsageError);
  EXPECT_THROW(set(table, "a|bc"), UsageError);
}

TEST(OptionTable, RefusesEmptyTextAndPaths) {
  OptionTable table;
  std::string text;
  std::filesystem::path path;
  std::vector<std::filesystem::path> paths;
  table.text("text", "T", text, "T.");
  EXPECT_THROW(set(table, ""), UsageError);
  table.path("o,output", path, "P.");
  EXPECT_THROW(set(table, ""), UsageError);
  table.paths("extra", paths, "P.");
  EXPECT_THROW(set(table, ""), UsageError);
  set(table, "a,b.lmdb");
  set(table, "c d");
  EXPECT_EQ(paths, (std::vector<std::filesystem::path>{"a,b.lmdb", "c d"}));
}

TEST(OptionTable, ConvertsCustomValuesByTheirOwnRule) {
  OptionTable table;
  std::string got;
  table.custom("k", "K", "K.", "the shard's", [&](const std::string& value) { got = value; });
  set(table, "value");
  EXPECT_EQ(got, "value");
  EXPECT_EQ(table.rows().back().fallback, "the shard's");
}

TEST(AddNormalization, TakesOneNumberOrThree) {
  OptionTable table;
  PerChannel mean, std;
  add_normalization(table, mean, std);
  table.rows()[0].set("0.5");
  EXPECT_EQ(mean, (std::array<double, 3>{0.5, 0.5, 0.5}));
  table.rows()[0].set("0.1,-0.2,0.3");
  EXPECT_EQ(mean, (std::array<double, 3>{0.1, -0.2, 0.3}));
  EXPECT_FALSE(std.has_value());
  for (const char* bad : {"", "1,2", "1,2,3,4", "1,,3", "1,2,x"})
    EXPECT_THROW(table.rows()[0].set(bad), UsageError) << bad;
  EXPECT_THROW(table.rows()[1].set("0"), UsageError);  // divides by it
}

TEST(AddThreads, DefaultsToTheCoresAtHand) {
  OptionTable table;
  int threads = 0;
  add_threads(table, threads);
  EXPECT_EQ(threads, default_threads());
  EXPECT_EQ(table.rows().back().recorded, Recorded::kNo);
  set(table, "3");
  EXPECT_EQ(threads, 3);
  for (const char* bad : {"0", "1025", "-1"}) EXPECT_THROW(set(table, bad), UsageError);
}

TEST(DefaultThreads, HonorOmpNumThreads) {
  ::unsetenv("OMP_NUM_THREADS");
  const int all = default_threads();
  EXPECT_GE(all, 1);
  ::setenv("OMP_NUM_THREADS", "1", 1);
  EXPECT_EQ(default_threads(), 1);
  for (const char* odd : {"100000", "0", "-3", "x", ""}) {
    ::setenv("OMP_NUM_THREADS", odd, 1);
    EXPECT_EQ(default_threads(), all) << odd;
  }
  ::unsetenv("OMP_NUM_THREADS");
}

TEST(Output, ReplacesOnlyByForce) {
  OptionTable table;
  Output output;
  add_output(table, output);
  EXPECT_EQ(output.overwrite(), Overwrite::kRefuse);
  table.rows()[1].set("true");
  EXPECT_EQ(output.overwrite(), Overwrite::kAllow);
}

}  // namespace
}  // namespace cs::cli
