#include "data/training_set.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.hpp"
#include "data/tensors.hpp"
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
  EXPECT_EQ(set.images_per_record, 1);
  EXPECT_EQ(set.answers.size(0), 120);
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

TEST(Tensors, VectorsThatAreNotFiniteAreRefused) {
  const test::TempDir dir;
  store::Header header;
  header.columns = {store::vector_spec(store::Column::kEmbedding, store::Type::kF32, 2)};
  header.of = Digest{1, 1};
  store::Writer writer(dir / "v.lmdb", Overwrite::kRefuse, header);
  const float values[] = {1.0F, std::numeric_limits<float>::infinity()};
  writer.append(store::Column::kEmbedding, values, 1);
  writer.close();
  EXPECT_THROW(read_vectors(Dataset({dir / "v.lmdb"}), store::Column::kEmbedding), DataError);
}

TEST(Tensors, ResizeKeepsConstantImagesAndEqualSizes) {
  const at::Tensor images = at::full({2, 6, 6, 3}, 77, at::kByte);
  EXPECT_TRUE(resize_images(images, 6).is_same(images));
  EXPECT_TRUE(at::equal(resize_images(images, 9), at::full({2, 9, 9, 3}, 77, at::kByte)));
  EXPECT_TRUE(at::equal(resize_images(images, 3), at::full({2, 3, 3, 3}, 77, at::kByte)));
}

}  // namespace
}  // namespace cs::data
