#include "answers/shard.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/json.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"

namespace cs::answers {
namespace {

using store::Column;
using store::Dataset;
using store::Type;

class Shard : public testing::Test {
 protected:
  AnswerInfo info(AnswerKind kind = AnswerKind::kEmbedding) const {
    AnswerInfo info;
    info.kind = kind;
    info.of = images_.header().fingerprint;
    info.victim.id = "someone";
    if (kind != AnswerKind::kEmbedding) info.classes = {"x", "y"};
    return info;
  }
  /// Publishes `values` as answers to the six images, in two pieces.
  Dataset write(const std::string& name, const AnswerInfo& what, Type type,
                const std::vector<float>& values) {
    AnswerShard shard(dir_ / name, Overwrite::kRefuse, type, images_, what, {{"tool", "test"}});
    const std::size_t width = values.size() / 6;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(2 * width);
    shard.append({40, std::vector<Digest>(2), {values.begin(), middle}});
    shard.append({42, std::vector<Digest>(4), {middle, values.end()}});
    shard.close();
    return Dataset({dir_ / name});
  }
  template <typename T>
  static std::vector<T> read(const Dataset& set, Column column, std::size_t count) {
    std::vector<T> values(count);
    set.read(column, 40, 6, values.data());
    return values;
  }

  test::TempDir dir_;
  const Dataset images_ = [&] {
    test::write_images(dir_ / "images.lmdb", 6, test::image_header(40));
    return Dataset({dir_ / "images.lmdb"});
  }();
};

TEST_F(Shard, HoldsAnswersLabelsAndWhatIsKnownOfThem) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -12.5F};
  const Dataset set = write("a.lmdb", info(), Type::kF32, values);
  EXPECT_TRUE(set.answers_to(images_));
  EXPECT_EQ(set.header().first, 40U);
  EXPECT_EQ(read<float>(set, Column::kEmbedding, 12), values);
  EXPECT_EQ(read<std::int32_t>(set, Column::kLabel, 6),
            read<std::int32_t>(images_, Column::kLabel, 6));
  EXPECT_EQ(set.header().find(Column::kImage), nullptr);
  EXPECT_EQ(info_of(set).victim.id, "someone");
  EXPECT_EQ(parse_json("", set.header().history).back().at("tool"), "test");
}

TEST_F(Shard, RoundsToF16AsIeeeDoes) {
  // Numbers and their bits by IEEE 754 binary16, ties to even: 1 + 2^-11 lies between 1 and the
  // next.
  const std::vector<float> values = {
      1,    -2,       65504, 5.9604645e-8F, 1.00048828125F, 1.00146484375F,
      0.1F, 1.0F / 3, 0,     6.1e-5F,       2049,           2051};
  const Dataset set = write("h.lmdb", info(), Type::kF16, values);
  EXPECT_EQ(read<std::uint16_t>(set, Column::kEmbedding, 12),
            (std::vector<std::uint16_t>{0x3C00, 0xC000, 0x7BFF, 0x0001, 0x3C00, 0x3C02, 0x2E66,
                                        0x3555, 0x0000, 0x03FF, 0x6800, 0x6802}));
}

TEST_F(Shard, HoldsPredictionsAsWholeNumbers) {
  const Dataset set =
      write("p.lmdb", info(AnswerKind::kPrediction), Type::kF32, {0, 1, 1, 0, 1, 1});
  EXPECT_EQ(read<std::int32_t>(set, Column::kPrediction, 6),
            (std::vector<std::int32_t>{0, 1, 1, 0, 1, 1}));
  EXPECT_EQ(info_of(set).classes, (std::vector<std::string>{"x", "y"}));
}

TEST_F(Shard, RefusesNumbersTooLargeForItsTypeAndPublishesNothing) {
  const std::vector<float> large(18, 70000.0F);
  EXPECT_THROW(write("half.lmdb", info(), Type::kF16, large), DataError);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "half.lmdb"));
  EXPECT_EQ(read<float>(write("full.lmdb", info(), Type::kF32, large), Column::kEmbedding, 18),
            large);
}

TEST_F(Shard, RefusesAnswersOfAnotherLength) {
  AnswerShard shard(dir_ / "a.lmdb", Overwrite::kRefuse, Type::kF32, images_, info(),
                    Json::object());
  shard.append({40, std::vector<Digest>(2), {1, 2, 3, 4}});
  EXPECT_THROW(shard.append({42, std::vector<Digest>(2), {1, 2, 3, 4, 5, 6}}), DataError);
  EXPECT_THROW(shard.append({42, std::vector<Digest>(2), {1, 2, 3, 4, 5}}), DataError);
}

TEST_F(Shard, OfPredictionsNamesTheImagesThatTheEmbeddingsAnswer) {
  AnswerInfo of_embeddings = info();
  of_embeddings.victim.arch = "resnet10";
  const Dataset embeddings = write("e.lmdb", of_embeddings, Type::kF32, {1, 2, 3, 4, 5, 6});
  save_predictions(dir_ / "p.lmdb", {0, 1, 0, 1, 0, 0}, {"u", "v"}, embeddings, Json::object(),
                   Overwrite::kRefuse);
  const Dataset set({dir_ / "p.lmdb"});
  EXPECT_TRUE(set.answers_to(images_));
  EXPECT_EQ(read<std::int32_t>(set, Column::kPrediction, 6),
            (std::vector<std::int32_t>{0, 1, 0, 1, 0, 0}));
  EXPECT_EQ(info_of(set).kind, AnswerKind::kPrediction);
  EXPECT_EQ(info_of(set).classes, (std::vector<std::string>{"u", "v"}));
  EXPECT_EQ(info_of(set).victim.arch, "resnet10");
}

}  // namespace
}  // namespace cs::answers
