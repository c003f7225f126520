#include "eval/classifier.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "data/tensors.hpp"
#include "eval/labeled_shards.hpp"
#include "eval/line.hpp"
#include "eval/measures.hpp"
#include "eval/outputs.hpp"
#include "nn/head_file.hpp"

namespace cs::eval {
namespace {

using store::Dataset;

/// Every measure that learns classes, on embeddings that point where the name of their class says.
class Classifiers : public LabeledShards {
 protected:
  /// `count` records of each class of `present`, labeled by position in `classes`. A class named by
  /// one letter, or a digit, points along its own axis.
  Path records(const Names& classes, const std::vector<std::int64_t>& present, int count,
               std::uint64_t seed) {
    at::manual_seed(seed);
    std::vector<std::int64_t> labels;
    std::vector<at::Tensor> rows;
    for (int i = 0; i < count; ++i) {
      for (const std::int64_t label : present) {
        const auto at = static_cast<std::size_t>(label);
        const char name = classes.empty() ? static_cast<char>('0' + label) : classes.at(at)[0];
        rows.push_back(at::randn({8}) * 0.1);
        rows.back()[name % 8] += 3;
        labels.push_back(label);
      }
    }
    return embeddings(at::stack(rows), classes, labels);
  }

  std::vector<Measure> measures_ = [] {
    std::vector<Measure> made{linear_measure(), knn_measure()};
    made[1].options[0].set("3");
    return made;
  }();
};

const std::vector<std::string> kAbc{"a", "b", "c", "d", "e"};

TEST_F(Classifiers, AreNotStoppedByClassesWithoutRecordsWhereverTheseStand) {
  for (const std::vector<std::int64_t>& present :
       {std::vector<std::int64_t>{1, 2, 3, 4}, {0, 1, 3, 4}, {0, 1, 2, 3}, {1, 3}, {3, 4}}) {
    const Sets given = sets({{Input::kTrain, records(kAbc, present, 6, 1)},
                             {Input::kTest, records(kAbc, present, 3, 2)}});
    for (const Measure& measure : measures_) {
      const Finding finding = measure.compute(given);
      const Json line = line_of(measure, finding, given, PerClass::kYes);
      EXPECT_EQ(line["accuracy"], 1.0) << measure.name;
      EXPECT_EQ(line["test_records"], 3 * present.size());
      EXPECT_FALSE(line.contains("classes_absent")) << line;  // nothing is left out
      EXPECT_EQ(line["per_class"].size(), kAbc.size());
      EXPECT_TRUE(finding.predictions->ids.equal(given.labels(Input::kTest).ids));
      EXPECT_EQ(finding.predictions->classes, kAbc);
    }
  }
}

TEST_F(Classifiers, SayWhichLearnedClassesTheTestSetLacks) {
  const Sets given = sets({{Input::kTrain, records(kAbc, {0, 1, 2, 4}, 6, 1)},
                           {Input::kTest, records(kAbc, {0, 2}, 3, 2)}});
  for (const Measure& measure : measures_) {
    const Json line = line_of(measure, measure.compute(given), given, PerClass::kNo);
    EXPECT_EQ(line["accuracy"], 1.0);
    EXPECT_EQ(line["classes_absent"], Json({{"test", {"b", "e"}}})) << measure.name;
    EXPECT_FALSE(line.contains("records_left_out"));
    EXPECT_EQ(line["test_records"], 6);
  }
}

TEST_F(Classifiers, LeaveOutTestRecordsOfClassesThatWereNotLearnedAndSaySo) {
  // "d" is a class of both lists without training records, "f" one that only the test set knows.
  const Sets given = sets({{Input::kTrain, records(kAbc, {0, 1}, 6, 1)},
                           {Input::kTest, records({"f", "b", "a", "d"}, {0, 1, 2, 3}, 3, 2)}});
  for (const Measure& measure : measures_) {
    const Finding finding = measure.compute(given);
    const Json line = line_of(measure, finding, given, PerClass::kYes);
    EXPECT_EQ(line["accuracy"], 1.0) << measure.name;
    EXPECT_EQ(line["classes_absent"], Json({{"train", {"f", "d"}}}));
    EXPECT_EQ(line["records_left_out"], 6);
    EXPECT_EQ(line["test_records"], 6);
    EXPECT_EQ(line["per_class"][0]["records"], 0);    // f
    EXPECT_EQ(line["per_class"][1]["records"], 3);    // b
    EXPECT_EQ(finding.predictions->ids.size(0), 12);  // of every record all the same
  }
}

TEST_F(Classifiers, MatchClassListsOfAnotherOrderByName) {
  const Sets given = sets({{Input::kTrain, records({"a", "b", "c"}, {0, 1, 2}, 6, 1)},
                           {Input::kTest, records({"c", "a", "b"}, {0, 1}, 3, 2)},
                           {Input::kVictim, predictions({1, 2, 1, 2, 1, 1}, {"b", "c", "a"},
                                                        {"c", "a", "b"}, {0, 1, 0, 1, 0, 1})}});
  for (const Measure& measure : measures_) {
    const Finding finding = measure.compute(given);
    const Json line = line_of(measure, finding, given, PerClass::kYes);
    EXPECT_EQ(line["accuracy"], 1.0) << measure.name;
    EXPECT_DOUBLE_EQ(line["agreement"], 5.0 / 6);
    EXPECT_EQ(line["per_class"][0]["class"], "c");
    EXPECT_EQ(line["classes_absent"], Json({{"test", {"b"}}}));
    save_predictions(dir_ / "saved.lmdb", *finding.predictions, given, Json::object(),
                     Overwrite::kAllow);
    Names told_apart;
    const Dataset saved({dir_ / "saved.lmdb"});
    EXPECT_TRUE(data::read_predictions(saved, told_apart).equal(finding.predictions->ids));
    EXPECT_EQ(told_apart, (Names{"a", "b", "c"}));
    EXPECT_TRUE(saved.answers_same_images(given.at(Input::kTest)));
  }
}

TEST_F(Classifiers, MatchLabelsWithoutNamesByTheirNumbers) {
  for (const Names& named : {Names{}, Names{"0", "1", "2", "3"}}) {
    const Sets given = sets({{Input::kTrain, records({}, {1, 3}, 6, 1)},
                             {Input::kTest, records(named, {1, 2, 3}, 3, 2)}});
    for (const Measure& measure : measures_) {
      const Json line = line_of(measure, measure.compute(given), given, PerClass::kNo);
      EXPECT_EQ(line["accuracy"], 1.0) << measure.name;
      EXPECT_EQ(line["classes_absent"], Json({{"train", {"2"}}}));
    }
  }
}

TEST_F(Classifiers, RefuseSetsThatShareNoClassOrAreOfOtherEncoders) {
  const Path train = records({"a", "b"}, {0, 1}, 6, 1);
  const Path other = records({"c", "d"}, {0, 1}, 3, 2);
  for (const Measure& measure : measures_) {
    EXPECT_THROW(measure.compute(sets({{Input::kTrain, train}, {Input::kTest, other}})), DataError);
    const Path none = predictions({0, 1}, {"a", "b"}, {"a", "b"}, {0, 1});
    EXPECT_THROW(measure.compute(sets({{Input::kTrain, train}, {Input::kTest, none}})), DataError);
  }
}

TEST_F(Classifiers, OfTheLinearProbeGiveAHeadOfAllClassesThatPredictsTheSame) {
  const Sets given = sets({{Input::kTrain, records(kAbc, {1, 2, 4}, 6, 1)},
                           {Input::kTest, records(kAbc, {0, 1, 2, 3, 4}, 3, 2)}});
  const Finding finding = measures_[0].compute(given);
  save_head(dir_ / "h", *finding.head, given, Json::object(), Overwrite::kRefuse);
  const nn::HeadFile file = nn::load_head(dir_ / "h");
  EXPECT_EQ(file.about.encoder, "abc");
  EXPECT_EQ(file.head.classes, kAbc);
  EXPECT_TRUE(nn::logits(file.head, given.embeddings(Input::kTest))
                  .argmax(1)
                  .equal(finding.predictions->ids));
  EXPECT_FALSE(measures_[1].compute(given).head.has_value());
}

}  // namespace
}  // namespace cs::eval
