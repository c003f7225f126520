#include "eval/score.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "eval/labeled_shards.hpp"
#include "eval/line.hpp"
#include "eval/measures.hpp"

namespace cs::eval {
namespace {

class Score : public LabeledShards {
 protected:
  static Json line(const Sets& given, PerClass per_class = PerClass::kNo) {
    const Measure measure = answers_measure();
    return line_of(measure, measure.compute(given), given, per_class);
  }
};

TEST_F(Score, CountsAccuracyAndAgreementInAllAndByClass) {
  const Names names{"a", "b", "none"};
  const std::vector<std::int64_t> labels{0, 0, 0, 0, 1, 1};
  const Json whole =
      line(sets({{Input::kAnswers, predictions({0, 0, 1, 1, 1, 0}, names, names, labels)},
                 {Input::kVictim, predictions({0, 1, 1, 1, 1, 0}, names, names, labels)}}),
           PerClass::kYes);
  EXPECT_DOUBLE_EQ(whole["accuracy"], 3.0 / 6);
  EXPECT_DOUBLE_EQ(whole["agreement"], 5.0 / 6);
  EXPECT_EQ(whole["test_records"], 6);
  ASSERT_EQ(whole["per_class"].size(), 3U);
  EXPECT_EQ(whole["per_class"][0]["class"], "a");
  EXPECT_EQ(whole["per_class"][0]["records"], 4);
  EXPECT_DOUBLE_EQ(whole["per_class"][0]["accuracy"], 2.0 / 4);
  EXPECT_DOUBLE_EQ(whole["per_class"][0]["agreement"], 3.0 / 4);
  EXPECT_DOUBLE_EQ(whole["per_class"][1]["accuracy"], 1.0 / 2);
  EXPECT_DOUBLE_EQ(whole["per_class"][1]["agreement"], 1.0);
  EXPECT_EQ(whole["per_class"][2]["records"], 0);
  EXPECT_TRUE(whole["per_class"][2]["accuracy"].is_null());
}

TEST_F(Score, HasIntervalsThatHoldTheirMeansAndNarrowWithMoreRecords) {
  const auto width = [&](std::int64_t n) {
    std::vector<std::int64_t> predicted;
    for (std::int64_t i = 0; i < n; ++i) predicted.push_back(i % 4 == 0 ? 1 : 0);
    const std::vector<std::int64_t> zeros(static_cast<std::size_t>(n));
    const Json made =
        line(sets({{Input::kAnswers, predictions(predicted, {"a", "b"}, {"a", "b"}, zeros)},
                   {Input::kVictim, predictions(zeros, {"a", "b"}, {"a", "b"}, zeros)}}));
    EXPECT_DOUBLE_EQ(made["accuracy"], 0.75);
    EXPECT_LE(made["accuracy_low"].get<double>(), 0.75);
    EXPECT_GE(made["accuracy_high"].get<double>(), 0.75);
    EXPECT_EQ(made["agreement_low"], made["accuracy_low"]);
    return made["accuracy_high"].get<double>() - made["accuracy_low"].get<double>();
  };
  // 2 * 1.96 * sqrt(0.75 * 0.25 / n), the normal approximation
  EXPECT_NEAR(width(400), 0.0849, 0.012);
  EXPECT_NEAR(width(1600), 0.0424, 0.006);
}

TEST_F(Score, TakesTheLargestOfPosteriorsOfEitherForm) {
  const at::Tensor values = at::tensor({0.1F, 0.2F, 0.7F, 0.6F, 0.3F, 0.1F}).view({2, 3});
  for (const char* form : {"logits", "softmax"}) {
    const Path set = shard(answers::AnswerKind::kPosterior, values, {"a", "b", "c"}, {2, 1},
                           {{"classes", {"a", "b", "c"}}, {"posterior", form}});
    EXPECT_DOUBLE_EQ(line(sets({{Input::kAnswers, set}}))["accuracy"], 0.5) << form;
  }
}

TEST_F(Score, MatchesClassesByNameHoweverEachSideOrdersThem) {
  const Names own{"dog", "bird", "cat"};
  const Names victims{"horse", "cat", "dog"};
  // Labels cat dog dog cat; predicted cat dog cat bird; the victim says cat dog dog horse.
  const Json made = line(
      sets({{Input::kAnswers, predictions({2, 0, 2, 1}, own, {"cat", "dog"}, {0, 1, 1, 0})},
            {Input::kVictim, predictions({1, 2, 2, 0}, victims, {"cat", "dog"}, {0, 1, 1, 0})}}),
      PerClass::kYes);
  EXPECT_DOUBLE_EQ(made["accuracy"], 2.0 / 4);
  EXPECT_DOUBLE_EQ(made["agreement"], 2.0 / 4);
  EXPECT_EQ(made["per_class"][0]["class"], "cat");
  EXPECT_DOUBLE_EQ(made["per_class"][0]["accuracy"], 1.0 / 2);
  EXPECT_FALSE(made.contains("classes_absent"));
  EXPECT_FALSE(made.contains("records_left_out"));
}

TEST_F(Score, LeavesOutRecordsOfClassesThatTheAnswersDoNotTellApartAndSaysSo) {
  const Names labeled{"cat", "eel", "dog"};
  const Json made = line(
      sets({{Input::kAnswers, predictions({0, 1, 1, 0}, {"cat", "dog"}, labeled, {0, 1, 2, 2})},
            {Input::kVictim, predictions({0, 0, 1, 1}, {"cat", "dog"}, labeled, {0, 1, 2, 2})}}),
      PerClass::kYes);
  EXPECT_DOUBLE_EQ(made["accuracy"], 2.0 / 3);  // of the first, third and fourth
  EXPECT_DOUBLE_EQ(made["agreement"], 2.0 / 3);
  EXPECT_EQ(made["test_records"], 3);
  EXPECT_EQ(made["records_left_out"], 1);
  EXPECT_EQ(made["classes_absent"], Json({{"answers", {"eel"}}}));
  EXPECT_EQ(made["per_class"][1]["records"], 0);
  EXPECT_EQ(made["per_class"][2]["records"], 2);
  EXPECT_DOUBLE_EQ(made["per_class"][2]["accuracy"], 1.0 / 2);
}

TEST_F(Score, RefusesOtherImagesAndAnswersWithoutACommonClass) {
  const Names names{"cat", "dog"};
  const Path mine = predictions({0, 0}, names, names, {0, 1});
  EXPECT_THROW(sets({{Input::kAnswers, mine},
                     {Input::kVictim, predictions({0, 0}, names, names, {0, 1}, Digest{1, 2})}}),
               DataError);
  const auto scored_against = [&](const Path& victim) {
    return line(sets({{Input::kAnswers, mine}, {Input::kVictim, victim}}));
  };
  EXPECT_NO_THROW(scored_against(mine));
  EXPECT_THROW(scored_against(predictions({0, 0}, {"apple", "pear"}, names, {0, 1})), DataError);
  EXPECT_THROW(scored_against(predictions({2, 2}, names, names, {0, 1})), DataError);
  EXPECT_THROW(scored_against(embeddings(at::zeros({2, 3}), names, {0, 1})), DataError);
  const Path silent = shard(answers::AnswerKind::kPrediction, ids({0, 0}), names, {0, 1});
  EXPECT_THROW(scored_against(silent), DataError);
  EXPECT_THROW(
      line(sets({{Input::kAnswers, predictions({0, 0}, {"apple", "pear"}, names, {0, 1})}})),
      DataError);
}

}  // namespace
}  // namespace cs::eval
