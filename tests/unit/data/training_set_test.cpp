#include "data/training_set.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/json.hpp"
#include "data/tensors.hpp"
#include "support/answers.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"

namespace cs::data {
namespace {

using store::Dataset;

/// Answers to (views of) `images`, by the formula of test::write_vectors().
void write_answers(const std::filesystem::path& path, const Dataset& images,
                   std::uint64_t views = 0) {
  store::Header header;
  header.of = images.header().fingerprint;
  header.victim = "a formula";
  if (views > 0) {
    header.of = Digest{1, 2};  // of a shard of views that nobody kept
    header.originals = images.header().fingerprint;
    header.views = views;
  }
  test::write_vectors(path, images.count() * std::max<std::uint64_t>(views, 1), header);
}

TEST(TrainingSet, HoldsImagesAndTheirAnswersInOrder) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 700);
  const Dataset images({dir / "images.lmdb"});
  write_answers(dir / "answers.lmdb", images);
  const Dataset answers({dir / "answers.lmdb"});
  const TrainingSet set = load_training_set(images, answers, AnswerKind::kEmbedding);
  EXPECT_EQ(set.records, 700);
  EXPECT_EQ(set.answers_per_record, 1);
  EXPECT_FALSE(set.labels.defined());
  for (const std::int64_t i : {0, 1, 333, 699}) {
    const auto pixels = test::pixels_of(static_cast<std::uint64_t>(i), 8 * 8 * 3);
    EXPECT_EQ(set.images[i].flatten()[5].item<int>(), pixels[5]);
    EXPECT_EQ(set.answers[i][3].item<float>(),
              test::vector_of(static_cast<std::uint64_t>(i), 16)[3]);
  }
}

TEST(TrainingSet, JoinsAnswersToViewsWithTheOriginals) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 30);
  const Dataset images({dir / "images.lmdb"});
  write_answers(dir / "answers.lmdb", images, 4);
  const Dataset answers({dir / "answers.lmdb"});
  const TrainingSet set = load_training_set(images, answers, AnswerKind::kEmbedding);
  EXPECT_EQ(set.records, 30);
  EXPECT_EQ(set.answers_per_record, 4);
  EXPECT_EQ(set.answers.size(0), 120);
}

TEST(TrainingSet, OfStoredViewsCountsOriginals) {
  const test::TempDir dir;
  store::Header header = test::image_header(60);  // views of the originals 20 to 29
  header.views = 3;
  test::write_images(dir / "views.lmdb", 30, header);
  const Dataset views({dir / "views.lmdb"});
  store::Header of_views;
  of_views.first = 60;
  of_views.of = views.header().fingerprint;
  of_views.victim = "a formula";
  of_views.views = 3;
  test::write_vectors(dir / "answers.lmdb", 30, of_views);
  const Dataset answers({dir / "answers.lmdb"});
  const TrainingSet set = load_training_set(views, answers, AnswerKind::kEmbedding);
  EXPECT_EQ(set.records, 10);
  EXPECT_EQ(set.first, 20U);
  EXPECT_EQ(set.answers_per_record, 3);
  EXPECT_EQ(set.images.size(0), 30);
  EXPECT_TRUE(set.images_are_views);
  EXPECT_TRUE(set.images_were_answered);
  EXPECT_EQ(set.fingerprints,
            (std::vector<Digest>{views.header().fingerprint, answers.header().fingerprint}));
}

TEST(TrainingSet, RefusesAnswersToOtherImagesNamingBoth) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 30);
  test::write_images(dir / "others.lmdb", 31);
  const Dataset images({dir / "images.lmdb"});
  write_answers(dir / "answers.lmdb", Dataset({dir / "others.lmdb"}));
  const Dataset answers({dir / "answers.lmdb"});
  try {
    load_training_set(images, answers, AnswerKind::kEmbedding);
    FAIL() << "joined";
  } catch (const DataError& e) {
    EXPECT_NE(std::string(e.what()).find("answers.lmdb"), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("images.lmdb"), std::string::npos) << e.what();
  }
}

TEST(TrainingSet, ReadsLabelsOnlyWhenAskedAndOnlyWhole) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 9);  // every third has label -1
  const Dataset images({dir / "images.lmdb"});
  EXPECT_NO_THROW(load_training_set(images, Labels::kIgnore));
  EXPECT_THROW(load_training_set(images, Labels::kRead), DataError);
}

/// Answers of a head to `images`.
Dataset write_outputs(const std::filesystem::path& path, const Dataset& images, AnswerKind kind,
                      const at::Tensor& values, const Json& about) {
  const at::Tensor numbers = values.to(at::kFloat).contiguous();
  const auto* from = numbers.data_ptr<float>();
  return test::write_answers(path, images, kind, {from, from + numbers.numel()}, about);
}

TEST(TrainingSet, HoldsPredictionsOrPosteriorsAndWhatTheyTellApart) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 6);
  const Dataset images({dir / "images.lmdb"});
  const Json about = {{"classes", {"x", "y", "z"}}, {"posterior", "softmax"}};
  const at::Tensor classes = at::tensor({2, 0, 1, 1, 0, 2}, at::kLong);
  const TrainingSet labels = load_training_set(
      images,
      write_outputs(dir / "predictions.lmdb", images, AnswerKind::kPrediction, classes, about),
      AnswerKind::kPrediction);
  EXPECT_EQ(labels.answers.scalar_type(), at::kLong);
  EXPECT_TRUE(at::equal(labels.answers, classes));
  EXPECT_EQ(labels.answer_classes, (std::vector<std::string>{"x", "y", "z"}));
  EXPECT_FALSE(labels.labels.defined());

  const at::Tensor rows = at::rand({6, 3}).softmax(1);
  const Dataset posteriors =
      write_outputs(dir / "posteriors.lmdb", images, AnswerKind::kPosterior, rows, about);
  const TrainingSet set = load_training_set(images, posteriors, AnswerKind::kPosterior);
  EXPECT_TRUE(at::equal(set.answers, rows));
  EXPECT_TRUE(set.softmax);
  EXPECT_EQ(set.answer_classes, labels.answer_classes);
  EXPECT_THROW(load_training_set(images, posteriors, AnswerKind::kEmbedding), DataError);
  EXPECT_THROW(load_training_set(images, posteriors, AnswerKind::kPrediction), DataError);
}

TEST(TrainingSet, RefusesPosteriorsThatDoNotSayWhatTheyAre) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 6);
  const Dataset images({dir / "images.lmdb"});
  const auto load = [&](const Json& about) {
    const Dataset answers = write_outputs(dir / "answers.lmdb", images, AnswerKind::kPosterior,
                                          at::rand({6, 3}), about);
    return load_training_set(images, answers, AnswerKind::kPosterior);
  };
  const Json three = {"x", "y", "z"};
  EXPECT_FALSE(load({{"classes", three}, {"posterior", "logits"}}).softmax);
  EXPECT_THROW(load({{"classes", three}}), DataError);
  EXPECT_THROW(load({{"classes", three}, {"posterior", "odds"}}), DataError);
  EXPECT_THROW(load({{"classes", {"x", "y"}}, {"posterior", "logits"}}), DataError);
  EXPECT_THROW(load({{"classes", {1, 2, 3}}, {"posterior", "logits"}}), DataError);
  EXPECT_THROW(load({{"posterior", "logits"}}), DataError);
}

TEST(Tensors, PredictionsAreThoseStoredOrTheLargestPosteriors) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 3);
  const Dataset images({dir / "images.lmdb"});
  const Json about = {{"classes", {"x", "y"}}};
  std::vector<std::string> classes;
  const at::Tensor rows = at::tensor({-3.0F, -2.0F, 4.0F, 1.0F, 0.0F, 0.5F}).view({3, 2});
  EXPECT_TRUE(at::equal(
      read_predictions(write_outputs(dir / "p.lmdb", images, AnswerKind::kPosterior, rows, about),
                       classes),
      at::tensor({1, 0, 1}, at::kLong)));
  EXPECT_EQ(classes, (std::vector<std::string>{"x", "y"}));
  const auto predicted = [&](std::int64_t value) {
    const at::Tensor values = at::full({3}, value, at::kLong);
    return read_predictions(
        write_outputs(dir / "q.lmdb", images, AnswerKind::kPrediction, values, about), classes);
  };
  EXPECT_TRUE(at::equal(predicted(1), at::ones({3}, at::kLong)));
  EXPECT_THROW(predicted(2), DataError);
  EXPECT_THROW(predicted(-1), DataError);
  EXPECT_THROW(read_predictions(images, classes), DataError);
}

}  // namespace
}  // namespace cs::data
