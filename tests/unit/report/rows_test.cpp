#include "report/rows.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

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

using Numbers = std::vector<std::optional<double>>;

/// Calls, images, seconds, seeds.
Numbers numbers(const Row& row) { return row.numbers; }

const char* const kCost = R"(,"encoder":{"method":{"calls":10,"images":5}})";

class Rows : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, const std::string& text) {
    write_file(dir_ / name, text, Overwrite::kAllow);
    return dir_ / name;
  }
  test::TempDir dir_;
};

TEST_F(Rows, JoinTheFilesOfAnEncoderByTheNameUpToTheFirstDot) {
  const auto rows = read_rows({file("mse-s1.probe.jsonl", probe("linear", 0.5, kCost)),
                               file("victim.probe.jsonl", probe("linear", 0.8)),
                               file("mse-s1.own-head.jsonl", probe("answers", 0.4, kCost)),
                               file("mse-s1.train.jsonl", "{\"seconds\":2}\n{\"seconds\":3}\n")});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "mse-s1");
  EXPECT_EQ(numbers(rows[0]), (Numbers{10, 5, 5, 1}));
  EXPECT_NEAR(rows[0].find("linear")->value, 50, 1e-9);
  EXPECT_NEAR(rows[0].find("linear")->spread, 3, 1e-4);
  EXPECT_TRUE(rows[0].find("linear")->main);
  EXPECT_NEAR(rows[0].find("linear.agreement")->value, 25, 1e-9);
  EXPECT_FALSE(rows[0].find("linear.agreement")->main);
  EXPECT_NEAR(rows[0].find("answers")->value, 40, 1e-9);
  EXPECT_EQ(rows[1].find("answers"), nullptr);
  EXPECT_EQ(numbers(rows[1]), (Numbers{{}, {}, {}, 1}));
}

TEST_F(Rows, TakeAnyNumberWithAnIntervalInTheUnitThatItsLineStates) {
  const auto rows = read_rows({file(
      "a.jsonl",
      R"({"measure":"similarity","angle":30,"angle_low":20,"angle_high":44,"angle_unit":"degrees",)"
      R"("share":0.5,"share_low":0.25,"share_high":0.5,"seconds":3,"interval":"made up"})"
      "\n")});
  const Quantity* const angle = rows[0].find("similarity");
  ASSERT_NE(angle, nullptr);
  EXPECT_EQ(angle->unit, "degrees");
  EXPECT_DOUBLE_EQ(angle->value, 30);
  EXPECT_DOUBLE_EQ(angle->spread, 12);
  const Quantity* const share = rows[0].find("similarity.share");
  ASSERT_NE(share, nullptr);
  EXPECT_EQ(share->unit, "%");
  EXPECT_DOUBLE_EQ(share->value, 50);
  EXPECT_DOUBLE_EQ(share->spread, 12.5);
  EXPECT_EQ(rows[0].intervals, std::set<std::string>{"made up"});
}

TEST_F(Rows, OfEncodersThatAskedNobodyHaveNoImages) {
  const auto rows = read_rows(
      {file("a.jsonl", probe("knn", 1, R"(,"encoder":{"method":{"calls":0,"images":7}})"))});
  EXPECT_EQ(numbers(rows[0]), (Numbers{0, {}, {}, 1}));
}

TEST_F(Rows, OfSeveralSeedsAreMeansAndSampleDeviations) {
  const auto rows = merge_seeds(read_rows({file("mse-s1.probe.jsonl", probe("linear", 0.5, kCost)),
                                           file("victim.probe.jsonl", probe("linear", 0.9)),
                                           file("mse-s2.probe.jsonl", probe("linear", 0.6, kCost)),
                                           file("mse-s13.probe.jsonl", probe("linear", 0.7, kCost)),
                                           file("mse-s1.jsonl", "{\"seconds\":2}\n"),
                                           file("mse-s2.jsonl", "{\"seconds\":4}\n"),
                                           file("mse-s13.jsonl", "{\"seconds\":6}\n")}));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "mse");
  EXPECT_EQ(rows[0].seeds, 3U);
  EXPECT_NEAR(rows[0].find("linear")->value, 60, 1e-9);
  EXPECT_NEAR(rows[0].find("linear")->spread, 10, 1e-9);  // of 50, 60, 70
  EXPECT_EQ(numbers(rows[0]), (Numbers{10, 5, 4, 3}));
  EXPECT_EQ(rows[1].name, "victim");
  EXPECT_EQ(rows[1].seeds, 1U);
  EXPECT_EQ(rows[1].find("linear")->spread, 0);
}

TEST_F(Rows, OfSeedsThatCostOrMeasureDifferentlyAreNotMerged) {
  const auto one = file("mse-s1.probe.jsonl", probe("linear", 0.5, kCost));
  EXPECT_THROW(merge_seeds(read_rows({one, file("mse-s2.probe.jsonl", probe("linear", 0.6))})),
               DataError);
  EXPECT_THROW(merge_seeds(read_rows({one, file("mse-s2.probe.jsonl", probe("knn", 0.6, kCost))})),
               DataError);
  const auto more = probe("linear", 0.6, kCost) + probe("knn", 0.6, kCost);
  EXPECT_THROW(merge_seeds(read_rows({one, file("mse-s2.probe.jsonl", more)})), DataError);
  const auto degrees = probe("linear", 0.6, std::string(kCost) + R"(,"accuracy_unit":"degrees")");
  EXPECT_THROW(merge_seeds(read_rows({one, file("mse-s2.probe.jsonl", degrees)})), DataError);
}

TEST_F(Rows, RefuseRowsWithoutLinesRepeatedMeasuresAndOtherFiles) {
  EXPECT_THROW(read_rows({file("a.probe.jsonl", "")}), DataError);
  EXPECT_NO_THROW(read_rows({file("a.train.jsonl", ""), file("a.probe.jsonl", probe("knn", 1))}));
  EXPECT_THROW(read_rows({file("a.probe.jsonl", probe("knn", 1) + probe("knn", 0))}), DataError);
  EXPECT_THROW(read_rows({file("a.probe.jsonl", "{\"measure\":\"knn\"}\n")}), DataError);
  EXPECT_THROW(read_rows({file("a.probe.jsonl", "[1]\n")}), DataError);
  EXPECT_THROW(read_rows({file("a.probe.jsonl", "no JSON\n")}), DataError);
}

}  // namespace
}  // namespace cs::report
