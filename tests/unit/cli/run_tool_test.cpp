#include "cli/run_tool.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "core/version.hpp"

namespace cs::cli {
namespace {

struct Settings {
  Output output;
  std::uint64_t count = 10;
  double rate = 0.5;
  std::string method = "mse";
  bool fast = false;
  std::vector<std::filesystem::path> extra;
  std::uint64_t seed = 0;
};

struct Outcome {
  int status = -1;
  bool ran = false;
  std::string out, err;
  Settings settings;
  Invocation call;
};

const Tool kTool = {"cs-test", "test the frame of tools", "IN...", 1, 2};

Outcome call(
    std::vector<std::string> words, const std::function<void()>& body = [] {}) {
  Outcome outcome;
  words.insert(words.begin(), "cs-test");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  Settings& s = outcome.settings;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  outcome.status = run_tool(
      kTool, static_cast<int>(words.size()), argv.data(),
      [&](OptionTable& table) {
        add_output(table, s.output);
        table.whole("n,count", s.count, 1, 100, "How many of the things that there are to take.")
            .number("rate", s.rate, -1, 1, "How fast.")
            .choice("method", {"mse", "cosine"}, s.method, "How it is done.")
            .flag("fast", s.fast, "Hurry.")
            .paths("extra", s.extra,
                   "More of the same, described at such length that no terminal of eighty columns "
                   "could show it on one line, or even on two of them.");
        add_seed(table, s.seed);
      },
      [&](const Invocation& invocation) {
        outcome.ran = true;
        outcome.call = invocation;
        body();
      });
  std::cout.flush();
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

void expect_usage_error(const std::vector<std::string>& words, const std::string& message) {
  const Outcome got = call(words);
  EXPECT_EQ(got.status, 2) << message;
  EXPECT_FALSE(got.ran) << message;
  EXPECT_EQ(got.out, "") << message;
  EXPECT_EQ(got.err, "cs-test: " + message + "\nTry 'cs-test --help'.\n");
}

TEST(RunTool, GivesOptionsAndOperandsToTheTool) {
  const Outcome got =
      call({"a", "-o", "out", "-n", "3", "--rate=-0.25", "--method", "cosine", "--fast", "b"});
  EXPECT_EQ(got.status, 0);
  EXPECT_TRUE(got.ran);
  EXPECT_EQ(got.err, "");
  EXPECT_EQ(got.settings.output.path, "out");
  EXPECT_EQ(got.settings.count, 3U);
  EXPECT_EQ(got.settings.rate, -0.25);
  EXPECT_EQ(got.settings.method, "cosine");
  EXPECT_TRUE(got.settings.fast);
  EXPECT_EQ(got.call.operands, (std::vector<std::filesystem::path>{"a", "b"}));
  EXPECT_EQ(got.call.verbosity, Verbosity::kNormal);
  EXPECT_EQ(call({"a", "-q"}).call.verbosity, Verbosity::kQuiet);
  EXPECT_EQ(call({"a", "-v"}).call.verbosity, Verbosity::kVerbose);
}

TEST(RunTool, LeavesCommasInPathsAlone) {
  const Outcome got = call({"a,b.lmdb", "--extra", "c,d", "--extra=e,f", "-o", "g,h"});
  EXPECT_EQ(got.status, 0) << got.err;
  EXPECT_EQ(got.call.operands, (std::vector<std::filesystem::path>{"a,b.lmdb"}));
  EXPECT_EQ(got.settings.extra, (std::vector<std::filesystem::path>{"c,d", "e,f"}));
  EXPECT_EQ(got.settings.output.path, "g,h");
}

TEST(RunTool, TakesNegativeNumbersAndOddNames) {
  EXPECT_EQ(call({"a", "--rate", "-1"}).settings.rate, -1);
  EXPECT_EQ(call({"--", "-x"}).call.operands, (std::vector<std::filesystem::path>{"-x"}));
  EXPECT_EQ(call({"-"}).call.operands, (std::vector<std::filesystem::path>{"-"}));
  EXPECT_EQ(call({"a\nb"}).call.operands, (std::vector<std::filesystem::path>{"a\nb"}));
}

TEST(RunTool, RefusesWrongCommandLinesBeforeAnythingRuns) {
  expect_usage_error({}, "missing operand: IN...");
  expect_usage_error({"a", "b", "c\n"},
                     "c\\x0A: is one operand too many; usage: cs-test [OPTION]... IN...");
  expect_usage_error({"a", ""}, "an operand is empty");
  expect_usage_error({"a", "-n", "3", "--count", "4"}, "--count: given twice; give it once");
  expect_usage_error({"a", "--fast", "--fast"}, "--fast: given twice; give it once");
  expect_usage_error({"a", "--fast=no"}, "--fast: takes no value");
  expect_usage_error({"a", "--count", "1,5"}, "--count: '1,5' is not a whole number");
  expect_usage_error({"a", "--count", "-3"}, "--count: '-3' is not a whole number");
  expect_usage_error({"a", "--count", "0"}, "--count: '0' is out of range; give 1 to 100");
  expect_usage_error({"a", "--rate", "nan"}, "--rate: 'nan' is out of range; give -1 to 1");
  expect_usage_error({"a", "--method", "x\x1B"}, "--method: 'x\\x1B' is none of mse|cosine");
  expect_usage_error({"a", "-o", ""}, "--output: must not be empty");
  expect_usage_error({"a", "--output="}, "--output: must not be empty");
}

TEST(RunTool, RefusesUnknownOptionsAndMissingValuesInPlainAscii) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"a", "--cou", "3"}, {"a", "-x"}, {"a", "--count"}, {"a", "-5"}}) {
    const Outcome got = call(words);
    EXPECT_EQ(got.status, 2) << words.back();
    EXPECT_FALSE(got.ran);
    EXPECT_EQ(got.err.substr(0, 9), "cs-test: ");
    EXPECT_NE(got.err.find("\nTry 'cs-test --help'.\n"), std::string::npos);
    for (const char c : got.err) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << got.err;
  }
}

TEST(RunTool, RefusesOptionsThatWouldOverflowTheStackOfTheParser) {
  for (const char* begin : {"--", "-", "--rate=", "-o", "--nothing="}) {
    const Outcome got = call({"a", begin + std::string(100000, 'x')});
    EXPECT_EQ(got.status, 2);
    EXPECT_FALSE(got.ran);
    EXPECT_NE(got.err.find("...: is over 4096 bytes long; give"), std::string::npos) << got.err;
  }
  EXPECT_EQ(call({"a", "--extra", std::string(100000, 'x')}).status, 0);
  EXPECT_EQ(call({"--", "-" + std::string(100000, 'x')}).status, 0);
}

TEST(RunTool, TurnsExceptionsIntoStatusAndMessage) {
  const auto expect = [](const std::function<void()>& body, int status, const std::string& err) {
    const Outcome got = call({"a"}, body);
    EXPECT_EQ(got.status, status) << err;
    EXPECT_EQ(got.err, err);
    EXPECT_EQ(got.out, "");
  };
  expect([] { throw Error("x\n", "is full; make room"); }, 1,
         "cs-test: x\\x0A: is full; make room\n");
  expect([] { throw UsageError("--x: is odd"); }, 2,
         "cs-test: --x: is odd\nTry 'cs-test --help'.\n");
  expect([] { throw DataError("s.lmdb", "is damaged"); }, 3, "cs-test: s.lmdb: is damaged\n");
  expect([] { throw Incomplete("the budget is spent"); }, 4, "cs-test: the budget is spent\n");
  expect([] { throw std::runtime_error("first\nsecond"); }, 1, "cs-test: first\n");
  expect([] { throw std::runtime_error("odd \x1B[2J name"); }, 1, "cs-test: odd \\x1B[2J name\n");
  expect(
      [] {
        throw std::filesystem::filesystem_error("cannot list", "odd\nfolder",
                                                std::make_error_code(std::errc::permission_denied));
      },
      1,
      "cs-test: odd\\x0Afolder: Permission denied; change its permissions or name another place\n");
  expect([] { throw std::bad_alloc(); }, 1,
         "cs-test: out of memory; free some, or give smaller inputs or batches\n");
}

TEST(RunTool, ShowsFieldsThatALibraryNamesAsTheOptionsForThem) {
  const Outcome o = call({"a"}, [] {
    throw DataError("a.lmdb",
                    "is large; try a lower `rate` or `count`, a `lr`, or `rates` of 'x`y'");
  });
  EXPECT_EQ(
      o.err,
      "cs-test: a.lmdb: is large; try a lower --rate or --count, a `lr`, or `rates` of 'x`y'\n");
}

TEST(RunTool, FailsIfStdoutCannotBeWritten) {
  const Outcome got = call({"a"}, [] { std::cout.setstate(std::ios::badbit); });
  std::cout.clear();
  EXPECT_EQ(got.status, 1);
  EXPECT_EQ(got.err, "cs-test: stdout: cannot be written; is the disk full?\n");
}

TEST(RunTool, PrintsHelpOnStdoutWithoutRunning) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--help"}, {"-h"}, {"a", "-h", "--count", "zero"}, {"-h", "-h"}}) {
    const Outcome got = call(words);
    EXPECT_EQ(got.status, 0);
    EXPECT_FALSE(got.ran);
    EXPECT_EQ(got.err, "");
    EXPECT_EQ(got.out.substr(0, 67),
              "Usage: cs-test [OPTION]... IN...\ncs-test: test the frame of tools.\n");
  }
}

TEST(RunTool, HelpShowsEveryOptionWithItsDefault) {
  const std::string help = call({"--help"}).out;
  for (const char* text :
       {"  -o, --output FILE\n", "  -f, --force\n", "  -n, --count N\n", "      --rate X\n",
        "      --method mse|cosine\n", "Default: 10.", "Default: 0.5.", "Default: mse.",
        "      --seed N\n", "  -q, --quiet\n", "  -v, --verbose\n", "  -h, --help\n",
        "      --version\n", "See cs-test(1)."})
    EXPECT_NE(help.find(text), std::string::npos) << text;
}

TEST(RunTool, HelpFitsInto80ColumnsAndLosesNoWord) {
  const std::string help = call({"--help"}).out;
  std::istringstream lines(help);
  std::string joined;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LT(line.size(), 80U) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin != std::string::npos) joined += line.substr(begin) + ' ';
  }
  EXPECT_NE(joined.find("More of the same, described at such length that no terminal of eighty "
                        "columns could show it on one line, or even on two of them. May be "
                        "repeated."),
            std::string::npos);
}

TEST(RunTool, PrintsItsVersion) {
  const Outcome got = call({"--version"});
  EXPECT_EQ(got.status, 0);
  EXPECT_EQ(got.out, std::string("cs-test (Cont-Steal) ") + kVersion + "\n");
  EXPECT_FALSE(got.ran);
}

TEST(RunTool, RecordsToolVersionAndOptionsThatMatter) {
  EXPECT_EQ(to_line(call({"a"}).call.step),
            std::string(R"({"tool":"cs-test","version":")") + kVersion +
                R"(","options":{"count":"10","rate":"0.5","method":"mse","seed":"0"}})");
  EXPECT_EQ(
      to_line(call({"a", "--fast", "-n", "3", "-o", "x", "--force", "--extra", "e"}).call.step),
      std::string(R"({"tool":"cs-test","version":")") + kVersion +
          R"(","options":{"count":"3","rate":"0.5","method":"mse","fast":"true","seed":"0"}})");
}

TEST(RunToolDeathTest, DiesOfTheSignalAfterCleaningUp) {
  struct Cleaner {
    ~Cleaner() { std::cerr << "cleaned up\n"; }
  };
  const auto stopped_by = [](int signal) {
    const Tool tool = {"cs-test", "x", "", 0, 0};
    std::string name = "cs-test";
    char* argv[] = {name.data(), nullptr};
    run_tool(
        tool, 1, argv, [](OptionTable&) {},
        [&](const Invocation&) {
          const Cleaner cleaner;
          std::raise(signal);
          check_stop();
        });
  };
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(stopped_by(SIGTERM), testing::KilledBySignal(SIGTERM), "cleaned up");
  EXPECT_EXIT(stopped_by(SIGINT), testing::KilledBySignal(SIGINT), "cleaned up");
}

TEST(RunToolDeathTest, DiesAtOnceOfASecondSignal) {
  const auto twice = [] {
    const Tool tool = {"cs-test", "x", "", 0, 0};
    std::string name = "cs-test";
    char* argv[] = {name.data(), nullptr};
    run_tool(
        tool, 1, argv, [](OptionTable&) {},
        [&](const Invocation&) {
          std::raise(SIGINT);
          std::raise(SIGINT);
        });
  };
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(twice(), testing::KilledBySignal(SIGINT), "");
}

TEST(RunToolDeathTest, SaysThatAMappedInputWasCutShort) {
  const auto cut_short = [] {
    const Tool tool = {"cs-test", "x", "", 0, 0};
    std::string name = "cs-test";
    char* argv[] = {name.data(), nullptr};
    run_tool(
        tool, 1, argv, [](OptionTable&) {},
        [&](const Invocation&) {
          std::FILE* file = std::tmpfile();
          const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
          void* mapped = ::mmap(nullptr, page, PROT_READ, MAP_SHARED, ::fileno(file), 0);
          std::cerr << *static_cast<const volatile char*>(mapped);  // beyond the end of the file
        });
  };
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(cut_short(), testing::ExitedWithCode(1),
              "^cs-test: an input was cut short, or its disk failed, while it was read; make it "
              "again\n$");
}

}  // namespace
}  // namespace cs::cli
