#include "train/log.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::train {
namespace {

EpochReport make_report() {
  EpochReport report;
  report.epoch = 2;
  report.loss = 5.1145;
  report.lr = 0.06;
  report.spread = 0.5;
  report.seconds = 75.9;
  report.images_per_second = 6447.4;
  report.loading_seconds = 0.25;
  report.forward_seconds = 1;
  report.backward_seconds = 2;
  report.optimizer_seconds = 0.1;
  return report;
}

TEST(EpochReport, IsOneLineForPeople) {
  EXPECT_EQ(line(make_report(), 102),
            "epoch 2 (3 of 102)  loss 5.114  lr 0.06  6447 images/s  2:05:14 left");
  EXPECT_EQ(line(make_report(), 3),
            "epoch 2 (3 of 3)  loss 5.114  lr 0.06  6447 images/s  0:00:00 left");
}

TEST(EpochReport, ComesBackFromJsonBitForBit) {
  EpochReport report = make_report();
  report.loss = 0.1 + 0.2;
  report.lr = 1e-300;
  const EpochReport back = parse_report(parse_json("x", to_line(to_json(report))));
  EXPECT_EQ(to_json(back), to_json(report));
  EXPECT_EQ(back.loss, report.loss);
  EXPECT_EQ(back.lr, report.lr);
  EXPECT_THROW(parse_report({{"epoch", 1}}), Json::exception);
  EXPECT_THROW(parse_report("text"), Json::exception);
}

TEST(EpochReport, CollapsesWhereEmbeddingsAreNearlyTheSame) {
  EpochReport report;
  report.spread = 0.01;
  EXPECT_FALSE(report.collapsed());
  report.spread = 0.0009;
  EXPECT_TRUE(report.collapsed());
}

TEST(EpochLog, HoldsOneLineAnEpochAsSoonAsItIsKnown) {
  const test::TempDir folder;
  EpochLog log(folder / "log");
  log.write(make_report());
  const std::string first =
      R"({"epoch":2,"loss":5.1145,"lr":0.06,"spread":0.5,"seconds":75.9,)"
      R"("images_per_second":6447.4,"loading_seconds":0.25,"forward_seconds":1.0,)"
      R"("backward_seconds":2.0,"optimizer_seconds":0.1})"
      "\n";
  EXPECT_EQ(read_file(folder / "log"), first);
  log.write_divergence(3, 4, {7, 18446744073709551615U});
  EXPECT_EQ(read_file(folder / "log"),
            first + R"({"epoch":3,"step":4,"error":"the loss is not finite",)"
                    R"("records":[7,18446744073709551615]})"
                    "\n");
}

TEST(EpochLog, KeepsWhatTheFileHoldsUntilItIsCleared) {
  const test::TempDir folder;
  write_file(folder / "log", "of the run before\n", Overwrite::kAllow);
  EpochLog log(folder / "log");
  EXPECT_EQ(read_file(folder / "log"), "of the run before\n");
  log.clear();
  EXPECT_EQ(read_file(folder / "log"), "");
  log.write(make_report());
  EXPECT_EQ(read_file(folder / "log"), to_line(to_json(make_report())) + "\n");
}

TEST(EpochLog, IsNotWrittenWithoutAName) {
  EpochLog log("");
  log.clear();
  log.write(make_report());
  log.write_divergence(0, 0, {});
}

TEST(EpochLog, SaysWhenItCannotBeWritten) {
  const test::TempDir folder;
  const auto path = folder / "missing/log";
  const std::string message = ": the log cannot be written: ";
  EXPECT_EQ(test::thrown<Error>([&] { EpochLog log(path); }),
            path.string() + message + "No such file or directory; name another `log`");
  EpochLog full("/dev/full");
  full.clear();
  EXPECT_EQ(test::thrown<Error>([&] { full.write(make_report()); }),
            "/dev/full" + message + "No space left on device; make room and run again");
}

}  // namespace
}  // namespace cs::train
