#include "eval/measures.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "eval/choose_l2.hpp"
#include "eval/knn.hpp"
#include "eval/labeled_shards.hpp"
#include "eval/line.hpp"

namespace cs::eval {
namespace {

class Measures : public LabeledShards {
 protected:
  const Measure& row(const std::string& name) { return *choose(all_, name).front(); }
  void give(const std::string& measure, const std::string& option, const std::string& text) {
    for (const MeasureOption& own : row(measure).options)
      if (own.name() == option) own.set(text);
  }
  /// 400 records to learn from and 200 to be tested on, of three overlapping classes.
  Sets overlapping(bool with_victim) {
    at::manual_seed(5);
    std::vector<std::int64_t> labels(400);
    for (std::size_t i = 0; i < labels.size(); ++i)
      labels[i] = i % 8 == 0 ? 0 : (i % 8 < 3 ? 1 : 2);
    const at::Tensor centers = at::randn({3, 6}) * 0.7;
    const at::Tensor all = at::randn({400, 6}) + centers.index_select(0, ids(labels));
    const std::vector<std::int64_t> tested(labels.begin(), labels.begin() + 200);
    const at::Tensor test = at::randn({200, 6}) + centers.index_select(0, ids(tested));
    const Names names{"a", "b", "c"};
    std::map<Input, Path> given;
    given.emplace(Input::kTrain, embeddings(all, names, labels));
    given.emplace(Input::kTest, embeddings(test, names, tested));
    if (with_victim) given.emplace(Input::kVictim, predictions(tested, names, names, tested));
    return sets(given);
  }
  Sets answered() {
    return sets({{Input::kAnswers, predictions({0, 1}, {"a", "b"}, {"a", "b"}, {0, 0})},
                 {Input::kVictim, predictions({0, 0}, {"a", "b"}, {"a", "b"}, {0, 0})}});
  }

  std::vector<Measure> all_ = all_measures();
};

TEST_F(Measures, HaveNamesAndOptionsOfTheirOwn) {
  std::set<std::string> names;
  std::set<std::string> options;
  for (const InputInfo& input : all_inputs()) EXPECT_TRUE(options.insert(input.name).second);
  for (const Measure& measure : all_) {
    EXPECT_TRUE(names.insert(measure.name).second) << measure.name;
    EXPECT_FALSE(measure.summary.empty());
    EXPECT_FALSE(measure.needs.empty());
    EXPECT_FALSE(measure.quantities.empty());
    for (const MeasureOption& option : measure.options)
      EXPECT_TRUE(options.insert(option.name()).second) << option.name();
  }
}

TEST_F(Measures, GiveWhatTheirRowsPromise) {
  const Sets classified = overlapping(true);
  const Sets stored = answered();
  for (const Measure& measure : all_) {
    const Finding finding = measure.compute(measure.takes(Input::kAnswers) ? stored : classified);
    ASSERT_EQ(finding.series.size(), measure.quantities.size()) << measure.name;
    for (std::size_t i = 0; i < finding.series.size(); ++i)
      EXPECT_EQ(finding.series[i].quantity.key, measure.quantities[i].key);
    EXPECT_EQ(finding.head.has_value(), measure.gives_head);
    EXPECT_TRUE(finding.predictions.has_value() || !measure.gives_predictions);
  }
}

TEST_F(Measures, GiveWhatNeedsAVictimOnlyWithOne) {
  const Finding finding = row("linear").compute(overlapping(false));
  ASSERT_EQ(finding.series.size(), 1U);
  EXPECT_EQ(finding.series[0].quantity.key, "accuracy");
  EXPECT_EQ(row("linear").quantities[1].only_of, Input::kVictim);
}

TEST_F(Measures, AreChosenByNameOnceEachInTheOrderNamed) {
  const auto chosen = choose(all_, "knn200,linear");
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[0]->name, "knn200");
  EXPECT_EQ(chosen[1]->name, "linear");
  for (const char* bad : {"", "svm", "knn,knn", "linear,"})
    EXPECT_THROW(choose(all_, bad), UsageError) << bad;
  EXPECT_EQ(default_names(all_, false), "linear,knn");
  EXPECT_EQ(default_names(all_, true), "answers");
}

TEST_F(Measures, AreRefusedInputsThatTheyLackOrIgnore) {
  const auto check = [&](const std::string& names, const std::set<Input>& given) {
    check_inputs(choose(all_, names), given);
  };
  const Input train = Input::kTrain;
  const Input test = Input::kTest;
  EXPECT_NO_THROW(check("linear,knn", {train, test}));
  EXPECT_NO_THROW(check("knn", {train, test, Input::kVictim}));
  EXPECT_NO_THROW(check("answers", {Input::kAnswers, Input::kVictim}));
  EXPECT_THROW(check("linear", {train}), UsageError);
  EXPECT_THROW(check("linear", {test}), UsageError);
  EXPECT_THROW(check("answers", {}), UsageError);
  EXPECT_THROW(check("linear", {Input::kAnswers}), UsageError);
  EXPECT_THROW(check("answers", {Input::kAnswers, train}), UsageError);
  EXPECT_THROW(check("linear,answers", {train, test, Input::kAnswers}), UsageError);
}

TEST_F(Measures, AreRefusedOptionsOfOthers) {
  const auto check = [&](const std::string& names, const std::set<std::string>& given) {
    check_options(all_, choose(all_, names), given);
  };
  EXPECT_NO_THROW(check("linear,knn", {"l2", "neighbors", "temperature"}));
  EXPECT_THROW(check("linear", {"neighbors"}), UsageError);
  EXPECT_THROW(check("knn200", {"temperature"}), UsageError);
  EXPECT_THROW(check("knn", {"l2"}), UsageError);
}

TEST_F(Measures, FollowTheirOptionsAndStateThemInTheirLines) {
  const Sets given = overlapping(false);
  give("knn", "neighbors", "25");
  give("knn", "temperature", "0.07");
  give("linear", "l2", "0.5");
  const auto& train = given.embeddings(Input::kTrain);
  const auto& labels = given.labels(Input::kTrain).ids;
  const auto& test = given.embeddings(Input::kTest);
  const Finding knn = row("knn").compute(given);
  EXPECT_TRUE(knn.predictions->ids.equal(knn_predict(train, labels, test, {25, 0.07})));
  EXPECT_EQ(knn.protocol["k"], 25);
  EXPECT_EQ(knn.protocol["temperature"], 0.07);
  const Finding linear = row("linear").compute(given);
  EXPECT_TRUE(linear.predictions->ids.equal(predict(fit_linear(train, labels, 0.5), test)));
  EXPECT_EQ(linear.protocol["l2"], 0.5);
  EXPECT_TRUE(linear.protocol["l2_chosen_on"].is_null());
  for (const char* bad : {"0", "-1", "x", ""})
    EXPECT_THROW(give("linear", "l2", bad), UsageError) << bad;
}

TEST_F(Measures, ChooseTheL2OfTheLinearProbeWithTheSeedOfTheSets) {
  const Sets given = overlapping(false);
  ProbeOptions options;
  options.seed = given.seed();
  const auto& labels = given.labels(Input::kTrain).ids;
  const auto probe = fit_linear_probe(given.embeddings(Input::kTrain), labels, options);
  const Finding finding = row("linear").compute(given);
  EXPECT_EQ(finding.protocol["l2"], probe.l2);
  EXPECT_EQ(finding.protocol["l2_chosen_on"], "validation split of train");
  EXPECT_TRUE(finding.head->weight.equal(fold(probe, {"a", "b", "c"}).weight));
}

TEST_F(Measures, WeighTwoHundredNeighborsAtTheTemperatureOfLightly) {
  const Sets given = overlapping(false);
  const auto predicted = [&](double temperature) {
    return knn_predict(given.embeddings(Input::kTrain), given.labels(Input::kTrain).ids,
                       given.embeddings(Input::kTest), {200, temperature});
  };
  for (const double other : {0.0, 0.07, 1.0}) ASSERT_FALSE(predicted(0.1).equal(predicted(other)));
  const Finding finding = row("knn200").compute(given);
  EXPECT_TRUE(finding.predictions->ids.equal(predicted(0.1)));
  EXPECT_EQ(finding.protocol["k"], 200);
  EXPECT_EQ(finding.protocol["temperature"], 0.1);
}

TEST_F(Measures, OfTwoEncodersNeedOneRowAndItsComputation) {
  // Cosine similarity of two encoders' embeddings of the same images, in a unit of its own.
  Measure similarity;
  similarity.name = "similarity";
  similarity.needs = {Input::kTest, Input::kVictim};
  similarity.quantities = {{"angle", "degrees", {}}};
  similarity.compute = [&](const Sets& given) {
    const auto cosine =
        at::cosine_similarity(given.embeddings(Input::kTest), given.embeddings(Input::kVictim), 1);
    Finding finding;
    finding.series.push_back({similarity.quantities[0], {}});
    for (std::int64_t i = 0; i < cosine.size(0); ++i)
      finding.series[0].values.push_back(cosine[i].acos().rad2deg().item<double>());
    return finding;
  };
  const auto one = at::tensor({1.0F, 0.0F, 1.0F, 0.0F}).view({2, 2});
  const auto other = at::tensor({0.0F, 2.0F, 3.0F, 0.0F}).view({2, 2});
  const Sets given = sets({{Input::kTest, embeddings(one, {"a"}, {0, 0})},
                           {Input::kVictim, embeddings(other, {"a"}, {0, 0})}});
  const Json line = line_of(similarity, similarity.compute(given), given, PerClass::kYes);
  EXPECT_DOUBLE_EQ(line["angle"], 45);
  EXPECT_LE(line["angle_low"], line["angle_high"]);
  EXPECT_EQ(line["angle_unit"], "degrees");
  EXPECT_EQ(line["test_records"], 2);
  EXPECT_DOUBLE_EQ(line["per_class"][0]["angle"], 45);
  check_inputs({&similarity}, {Input::kTest, Input::kVictim});
  EXPECT_THROW(check_inputs({&similarity}, {Input::kTest}), UsageError);
}

}  // namespace
}  // namespace cs::eval
