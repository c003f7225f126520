#include "eval/score.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "data/answer_shard.hpp"
#include "eval/measure.hpp"
#include "support/answers.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"

namespace cs::eval {
namespace {

using store::AnswerKind;
using store::Dataset;

at::Tensor ids(const std::vector<std::int64_t>& values) { return at::tensor(values, at::kLong); }

TEST(Score, CountsAccuracyAndAgreementInAllAndByClass) {
  Truth truth{ids({0, 0, 0, 0, 1, 1}), ids({0, 1, 1, 1, 1, 0}), {"a", "b", "none"}, 3};
  const Json line = score(ids({0, 0, 1, 1, 1, 0}), truth, PerClass::kYes);
  EXPECT_DOUBLE_EQ(line["accuracy"], 3.0 / 6);
  EXPECT_DOUBLE_EQ(line["agreement"], 5.0 / 6);
  ASSERT_EQ(line["per_class"].size(), 3U);
  EXPECT_EQ(line["per_class"][0]["records"], 4);
  EXPECT_DOUBLE_EQ(line["per_class"][0]["accuracy"], 2.0 / 4);
  EXPECT_DOUBLE_EQ(line["per_class"][0]["agreement"], 3.0 / 4);
  EXPECT_DOUBLE_EQ(line["per_class"][1]["accuracy"], 1.0 / 2);
  EXPECT_DOUBLE_EQ(line["per_class"][1]["agreement"], 1.0);
  EXPECT_EQ(line["per_class"][2]["records"], 0);
  EXPECT_TRUE(line["per_class"][2]["accuracy"].is_null());
}

TEST(Score, HasIntervalsThatHoldTheirMeansAndNarrowWithMoreRecords) {
  const auto width = [](std::int64_t n) {
    const at::Tensor labels = at::zeros({n}, at::kLong);
    const at::Tensor predictions = at::arange(n, at::kLong).remainder(4).eq(0).to(at::kLong);
    const Json line = score(predictions, {labels, labels, {"a", "b"}, 1});
    EXPECT_DOUBLE_EQ(line["accuracy"], 0.75);
    EXPECT_LE(line["accuracy_low"].get<double>(), 0.75);
    EXPECT_GE(line["accuracy_high"].get<double>(), 0.75);
    EXPECT_EQ(line["agreement_low"], line["accuracy_low"]);
    return line["accuracy_high"].get<double>() - line["accuracy_low"].get<double>();
  };
  // 2 * 1.96 * sqrt(0.75 * 0.25 / n), the normal approximation
  EXPECT_NEAR(width(400), 0.0849, 0.012);
  EXPECT_NEAR(width(1600), 0.0424, 0.006);
}

TEST(Score, RefusesOtherLengths) {
  EXPECT_THROW(score(ids({0, 1}), {ids({0}), {}, {"a", "b"}, 0}), DataError);
  EXPECT_THROW(score(ids({0}), {ids({0}), ids({0, 1}), {"a", "b"}, 0}), DataError);
}

/// Two shards of answers to the same twelve images; label_of() gives every third record -1, so the
/// labels here are the ids modulo 2.
class Shards : public ::testing::Test {
 protected:
  Shards() {
    store::Header header;
    header.columns = {store::image_spec(8, 8), store::label_spec()};
    header.classes = {"cat", "dog"};
    store::Writer writer(dir_ / "images.lmdb", Overwrite::kAllow, header);
    for (std::uint64_t id = 0; id < 12; ++id) {
      const auto label = static_cast<std::int32_t>(id % 2);
      writer.append(store::Column::kImage, test::pixels_of(id, 192).data(), 1);
      writer.append(store::Column::kLabel, &label, 1);
    }
    writer.close();
  }

  Dataset answers(const std::string& name, const at::Tensor& values, AnswerKind kind,
                  const Json& about, const Digest& of) {
    const Dataset images({dir_ / "images.lmdb"});
    const at::Tensor numbers = values.to(at::kFloat).contiguous();
    const auto* from = numbers.data_ptr<float>();
    return test::write_answers(dir_ / name, images, kind, {from, from + numbers.numel()}, about,
                               of);
  }
  Dataset answers(const std::string& name, const at::Tensor& values, AnswerKind kind,
                  const Json& about) {
    return answers(name, values, kind, about, Dataset({dir_ / "images.lmdb"}).header().fingerprint);
  }

  test::TempDir dir_;
  const Json classes_ = {{"classes", {"cat", "dog"}}};
};

TEST_F(Shards, AreHeldAgainstTheirLabelsAndTheVictimsLargestPosteriors) {
  const Dataset predictions =
      answers("p.lmdb", at::zeros({12, 1}), AnswerKind::kPrediction, classes_);
  Json about = classes_;
  about["posterior"] = "logits";
  const Dataset victim =
      answers("v.lmdb", at::eye(2).repeat({6, 1}), AnswerKind::kPosterior, about);
  const Truth truth = load_truth(predictions, &victim, 0);
  EXPECT_TRUE(truth.labels.equal(ids({0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1})));
  EXPECT_TRUE(truth.victim.equal(truth.labels));
  EXPECT_EQ(truth.victim_answers, victim.header().fingerprint.hex());
  EXPECT_TRUE(load_predictions(predictions, truth.classes).equal(at::zeros({12}, at::kLong)));
}

TEST_F(Shards, OfOtherImagesOrClassesAreRefused) {
  const Dataset mine = answers("p.lmdb", at::zeros({12, 1}), AnswerKind::kPrediction, classes_);
  const Dataset others =
      answers("o.lmdb", at::zeros({12, 1}), AnswerKind::kPrediction, classes_, Digest{1, 2});
  EXPECT_THROW(load_truth(mine, &others, 0), DataError);
  const Dataset fruit = answers("f.lmdb", at::zeros({12, 1}), AnswerKind::kPrediction,
                                {{"classes", {"apple", "pear"}}});
  EXPECT_THROW(load_truth(mine, &fruit, 0), DataError);
  const Dataset silent =
      answers("s.lmdb", at::zeros({12, 1}), AnswerKind::kPrediction, Json::object());
  EXPECT_THROW(load_truth(mine, &silent, 0), DataError);
  const Dataset wrong = answers("w.lmdb", at::full({12, 1}, 2), AnswerKind::kPrediction, classes_);
  EXPECT_THROW(load_truth(mine, &wrong, 0), DataError);
  const Dataset embeddings =
      answers("e.lmdb", at::zeros({12, 3}), AnswerKind::kEmbedding, classes_);
  EXPECT_THROW(load_truth(mine, &embeddings, 0), DataError);
}

TEST_F(Shards, OfEmbeddingsAreMeasuredByEveryProbeThatIsNamed) {
  // Cats point one way and dogs the other, so every probe tells them.
  const at::Tensor sign = at::tensor({1.0F, -1.0F}).repeat({6}).unsqueeze(1);
  const Dataset set =
      answers("e.lmdb", sign * at::tensor({1.0F, 2.0F}) + at::arange(24).view({12, 2}) * 0.01,
              AnswerKind::kEmbedding, {{"victim", {{"file", "abc"}}}});
  MeasureOptions options;
  options.knn.k = 3;
  options.probe.l2_grid = {0.01};
  const auto made = measure({"knn", "linear"}, set, set, options);
  ASSERT_EQ(made.size(), 2U);
  const Truth truth = load_truth(set, nullptr, 0);
  for (const Measurement& m : made) {
    EXPECT_TRUE(m.predictions.equal(truth.labels)) << m.name;
    EXPECT_DOUBLE_EQ(line_of(m, truth, false, set)["accuracy"], 1);
  }
  EXPECT_EQ(made[0].protocol["k"], 3);
  EXPECT_TRUE(made[1].protocol["l2_chosen_on"].is_null());
  EXPECT_THROW(measure({"knn200"}, set, set, options), DataError);  // of twelve records

  save_head(dir_ / "h", *made[1].probe, set, Json::object(), Overwrite::kRefuse);
  const nn::HeadFile head = nn::load_head(dir_ / "h");
  EXPECT_EQ(head.about.at("encoder"), "abc");
  EXPECT_EQ(head.head.classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_TRUE(nn::logits(head.head, data::read_vectors(set, store::Column::kEmbedding))
                  .argmax(1)
                  .equal(truth.labels));
  data::save_predictions(dir_ / "saved.lmdb", made[0].predictions, set, Json::object(),
                         Overwrite::kRefuse);
  const Dataset saved({dir_ / "saved.lmdb"});
  EXPECT_TRUE(saved.answers_same_images(set));
  EXPECT_TRUE(load_predictions(saved, truth.classes).equal(truth.labels));
}

TEST(Measures, AreNamedOnceAndFromTheList) {
  EXPECT_EQ(parse_measures("knn200,linear"), (std::vector<std::string>{"knn200", "linear"}));
  for (const char* bad : {"", "svm", "knn,knn", "linear,"})
    EXPECT_THROW(parse_measures(bad), UsageError) << bad;
}

}  // namespace
}  // namespace cs::eval
