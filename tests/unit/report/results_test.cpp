#include "report/results.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/temp_dir.hpp"

namespace cs::report {
namespace {

std::string probe(const std::string& measure, double accuracy, const std::string& more = "") {
  const auto triple = [](const std::string& key, double value) {
    return "\"" + key + "\":" + std::to_string(value) + ",\"" + key +
           "_low\":" + std::to_string(value - 0.02) + ",\"" + key +
           "_high\":" + std::to_string(value + 0.04);
  };
  return "{\"measure\":\"" + measure + "\"," + triple("accuracy", accuracy) + "," +
         triple("agreement", accuracy / 2) + more + "}\n";
}

const char* const kCost = R"(,"encoder":{"method":{"calls":10,"images":5}})";

class Results : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, const std::string& text) {
    write_file(dir_ / name, text, Overwrite::kAllow);
    return dir_ / name;
  }
  test::TempDir dir_;
};

TEST_F(Results, JoinTheFilesOfAnEncoderByTheNameUpToTheFirstDot) {
  const auto rows = read_rows({file("mse-s1.probe.jsonl", probe("linear", 0.5, kCost)),
                               file("victim.probe.jsonl", probe("linear", 0.8)),
                               file("mse-s1.own-head.jsonl", probe("answers", 0.4, kCost)),
                               file("mse-s1.train.jsonl", "{\"seconds\":2}\n{\"seconds\":3}\n")});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "mse-s1");
  EXPECT_EQ(rows[0].calls, "10");
  EXPECT_EQ(rows[0].images, "5");
  EXPECT_DOUBLE_EQ(rows[0].seconds, 5);
  EXPECT_NEAR(rows[0].quantities.at("linear").percent, 50, 1e-9);
  EXPECT_NEAR(rows[0].quantities.at("linear").spread, 3, 1e-4);
  EXPECT_NEAR(rows[0].quantities.at("linear.agreement").percent, 25, 1e-9);
  EXPECT_NEAR(rows[0].quantities.at("answers").percent, 40, 1e-9);
  EXPECT_EQ(rows[1].calls, "-");
}

TEST_F(Results, ShowAccuraciesBeforeTheRestAndNothingWhereThereIsNothing) {
  const auto rows = read_rows({file("a.probe.jsonl", probe("knn", 0.5) + probe("linear", 0.6)),
                               file("b.probe.jsonl", probe("linear", 0.7))});
  EXPECT_EQ(all_columns(rows),
            (std::vector<std::string>{"linear", "knn", "knn.agreement", "linear.agreement"}));
  const auto cells = make_cells(rows, {"knn", "linear.agreement"}, false);
  EXPECT_EQ(cells[0], (std::vector<std::string>{"encoder", "calls", "images", "knn %",
                                                "linear agreement %", "seconds"}));
  EXPECT_EQ(cells[2], (std::vector<std::string>{"b", "-", "-", "-", "35.0 +- 3.0", "-"}));
  EXPECT_THROW(make_cells(rows, {"svm"}, false), UsageError);
}

TEST_F(Results, OfSeveralSeedsAreMeansAndSampleDeviations) {
  const auto rows =
      merge_seeds(read_rows({file("mse-s1.probe.jsonl", probe("linear", 0.5, kCost)),
                             file("victim.probe.jsonl", probe("linear", 0.9)),
                             file("mse-s2.probe.jsonl", probe("linear", 0.6, kCost)),
                             file("mse-s13.probe.jsonl", probe("linear", 0.7, kCost))}));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "mse");
  EXPECT_EQ(rows[0].seeds, 3U);
  EXPECT_NEAR(rows[0].quantities.at("linear").percent, 60, 1e-9);
  EXPECT_NEAR(rows[0].quantities.at("linear").spread, 10, 1e-9);  // of 50, 60, 70
  const auto cells = make_cells(rows, {"linear"}, true);
  EXPECT_EQ(cells[1], (std::vector<std::string>{"mse", "10", "5", "60.0 +- 10.0", "-", "3"}));
  EXPECT_EQ(cells[2], (std::vector<std::string>{"victim", "-", "-", "90.0", "-", "1"}));
}

TEST_F(Results, OfSeedsThatCostOrMeasureDifferentlyAreNotMerged) {
  const auto one = file("mse-s1.probe.jsonl", probe("linear", 0.5, kCost));
  EXPECT_THROW(merge_seeds(read_rows({one, file("mse-s2.probe.jsonl", probe("linear", 0.6))})),
               DataError);
  EXPECT_THROW(merge_seeds(read_rows({one, file("mse-s2.probe.jsonl", probe("knn", 0.6, kCost))})),
               DataError);
}

TEST_F(Results, RefuseRowsWithoutLinesRepeatedMeasuresAndOtherFiles) {
  EXPECT_THROW(read_rows({file("a.probe.jsonl", "")}), DataError);
  EXPECT_NO_THROW(read_rows({file("a.train.jsonl", ""), file("a.probe.jsonl", probe("knn", 1))}));
  EXPECT_THROW(read_rows({file("a.probe.jsonl", probe("knn", 1) + probe("knn", 0))}), DataError);
  EXPECT_THROW(read_rows({file("a.probe.jsonl", "{\"measure\":\"knn\"}\n")}), DataError);
  EXPECT_THROW(read_rows({file("a.probe.jsonl", "[1]\n")}), DataError);
  EXPECT_THROW(read_rows({file("a.probe.jsonl", "no JSON\n")}), DataError);
}

}  // namespace
}  // namespace cs::report
