#include "victim/local.hpp"

#include <gtest/gtest.h>

#include <set>

#include "answers/query.hpp"
#include "core/error.hpp"
#include "support/shards.hpp"
#include "support/victims.hpp"

namespace cs::victim {
namespace {

using test::answers_to;
using test::encoder;
using test::options_for;
using test::script;
using test::trusting;

TEST(Pixels, AreTheirOwnEmbedding) {
  const auto victim = open_victim("pixels", options_for(4));
  const at::Tensor images = at::randint(0, 256, {3, 4, 4, 3}, at::kByte);
  EXPECT_TRUE(at::allclose(answers_to(*victim, images), images.flatten(1).to(at::kFloat) / 255));
}

TEST(LocalVictim, TakesUpToABatchAtATime) {
  const auto victim = open_victim("pixels", options_for(4));
  EXPECT_EQ(victim->most(), 8U);
  EXPECT_EQ(answers_to(*victim, at::zeros({8, 4, 4, 3}, at::kByte)).size(0), 8);
  EXPECT_THROW(answers_to(*victim, at::zeros({9, 4, 4, 3}, at::kByte)), Error);
  EXPECT_THROW(victim->ask({}), Error);
}

TEST(LocalVictim, FillsEveryBatchUp) {
  const test::TempDir dir;
  const auto victim =
      open_victim(script(dir, "v.pt", "x.flatten(1) * 0.0 + float(x.size(0))"), trusting(4));
  for (const std::int64_t rows : {1, 5, 8})
    EXPECT_TRUE(
        answers_to(*victim, at::zeros({rows, 4, 4, 3}, at::kByte)).eq(8).all().item<bool>());
}

TEST(LocalVictim, AnswersNotByItsNeighbors) {
  const test::TempDir dir;
  const auto victim = open_victim(encoder(dir, "e", 1), options_for(16));
  const at::Tensor images = at::randint(0, 256, {8, 16, 16, 3}, at::kByte);
  const at::Tensor all = answers_to(*victim, images);
  EXPECT_TRUE(at::equal(answers_to(*victim, images.narrow(0, 3, 1))[0], all[3]));
  EXPECT_TRUE(at::equal(answers_to(*victim, images.flip(0)).flip(0), all));
}

TEST(LocalVictim, IsNamedByFileInputAndPrecision) {
  const test::TempDir dir;
  const auto id = [](const std::string& path, const VictimOptions& options) {
    return open_victim(path, options)->info().victim.id;
  };
  const std::string one = encoder(dir, "a.safetensors", 1);
  const std::string two = encoder(dir, "b.safetensors", 2);
  EXPECT_EQ(id(one, options_for(16)), id(one, options_for(16)));
  EXPECT_NE(id(two, options_for(16)), id(one, options_for(16)));
  VictimOptions bf16 = options_for(16);
  bf16.precision = nn::Precision::kBf16;
  EXPECT_NE(id(one, bf16), id(one, options_for(16)));
  VictimOptions batch = options_for(16);
  batch.batch = 3;
  EXPECT_EQ(id(one, batch), id(one, options_for(16)));
  const std::string code = script(dir, "v.pt", "x.flatten(1)");
  VictimOptions shifted = trusting(4);
  shifted.mean = {0.5, 0.5, 0.5};
  EXPECT_NE(id(code, shifted), id(code, trusting(4)));
}

/// A head on resnet10's 256 features, fitted on nobody unless `encoder` says so.
VictimOptions classifying(const test::TempDir& dir, AnswerKind answer, std::int64_t size,
                          std::int64_t width,
                          const std::optional<std::string>& encoder = std::nullopt) {
  VictimOptions options = trusting(size);
  options.answer = answer;
  options.head = dir / "head.safetensors";
  at::manual_seed(7);
  nn::save_head(options.head, {at::randn({3, width}), at::randn({3}), {"a", "b", "c"}},
                {{}, encoder, {}}, Overwrite::kAllow);
  return options;
}

TEST(LocalVictim, BehindAHeadAnswersWithItsLogitsProbabilitiesOrLargestClass) {
  const test::TempDir dir;
  const std::string path = encoder(dir, "e.safetensors", 1);
  const at::Tensor images = at::randint(0, 256, {5, 16, 16, 3}, at::kByte);
  const auto plain = open_victim(path, options_for(16));
  VictimOptions options = classifying(dir, AnswerKind::kPosterior, 16, 256);
  const auto head = nn::load_head(options.head).head;
  const at::Tensor logits = answers_to(*plain, images).mm(head.weight.t()) + head.bias;
  const auto victim = open_victim(path, options);
  EXPECT_TRUE(at::allclose(answers_to(*victim, images), logits, 1e-5, 1e-5));
  EXPECT_EQ(victim->info().kind, AnswerKind::kPosterior);
  EXPECT_EQ(victim->info().posterior, PosteriorForm::kLogits);
  EXPECT_EQ(victim->info().classes, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(victim->info().victim.head, nn::load_head(options.head).digest.hex());
  options.posterior = PosteriorForm::kSoftmax;
  const auto soft = open_victim(path, options);
  EXPECT_TRUE(at::allclose(answers_to(*soft, images), logits.softmax(1), 1e-5, 1e-6));
  options = classifying(dir, AnswerKind::kPrediction, 16, 256);
  const auto labels = open_victim(path, options);
  EXPECT_TRUE(answers_to(*labels, images).equal(logits.argmax(1, true).to(at::kFloat)));
  EXPECT_FALSE(labels->info().posterior);
  const std::set<std::string> ids{plain->info().victim.id, victim->info().victim.id,
                                  soft->info().victim.id, labels->info().victim.id};
  EXPECT_EQ(ids.size(), 4U);
}

TEST(LocalVictim, TakesOnlyAHeadOfItsOwnThatFits) {
  const test::TempDir dir;
  const std::string path = encoder(dir, "e.safetensors", 1);
  const std::string file = nn::load_encoder(path).digest.hex();
  const at::Tensor images = at::zeros({1, 16, 16, 3}, at::kByte);
  EXPECT_NO_THROW(open_victim(path, classifying(dir, AnswerKind::kPrediction, 16, 256, file)));
  EXPECT_THROW(
      open_victim(path, classifying(dir, AnswerKind::kPrediction, 16, 256, std::string(32, '0'))),
      DataError);
  const auto narrow = open_victim(path, classifying(dir, AnswerKind::kPrediction, 16, 255));
  EXPECT_THROW(answers_to(*narrow, images), DataError);
}

TEST(LocalVictim, WhoseEmbeddingsAreNotFiniteNamesNoClass) {
  const test::TempDir dir;
  const std::string path = script(dir, "v.pt", "x.flatten(1) / 0.0");
  const auto victim = open_victim(path, classifying(dir, AnswerKind::kPrediction, 4, 48));
  EXPECT_THROW(answers_to(*victim, at::zeros({1, 4, 4, 3}, at::kByte)), DataError);
}

TEST(LocalVictim, WhoseLogitsAreNotFiniteNamesNoClass) {
  const test::TempDir dir;
  const std::string path = script(dir, "v.pt", "x.flatten(1)");
  for (const AnswerKind kind : {AnswerKind::kPosterior, AnswerKind::kPrediction}) {
    const VictimOptions options = classifying(dir, kind, 4, 48);
    nn::save_head(options.head, {at::full({3, 48}, 3e38), at::zeros({3}), {"a", "b", "c"}}, {},
                  Overwrite::kAllow);
    const auto victim = open_victim(path, options);
    EXPECT_NO_THROW(answers_to(*victim, at::zeros({1, 4, 4, 3}, at::kByte)));
    EXPECT_THROW(answers_to(*victim, at::full({1, 4, 4, 3}, 255, at::kByte)), DataError);
  }
}

at::Tensor all_answers(const answers::Victim& victim, const store::Dataset& images,
                       answers::AnswerCache* cache = nullptr) {
  std::vector<at::Tensor> parts;
  answers::query_images(victim, images, {1, cache}, [&](const answers::Answers& more) {
    parts.push_back(at::tensor(more.values).view({static_cast<std::int64_t>(more.size()), -1}));
  });
  return at::cat(parts);
}

TEST(LocalVictim, AnswersTheSameWhateverTheThreadsAndWhatWasCachedBefore) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 70, test::image_header(0, 16));
  test::write_images(dir / "middle.lmdb", 23, test::image_header(13, 16));
  const store::Dataset images({dir / "images.lmdb"});
  const store::Dataset middle({dir / "middle.lmdb"});
  for (const std::string& name : {std::string("pixels"), encoder(dir, "e.safetensors", 1)}) {
    VictimOptions options = options_for(16);
    const auto victim = open_victim(name, options);
    options.threads = 3;
    const auto threaded = open_victim(name, options);
    EXPECT_EQ(threaded->side_by_side(), 3);
    const at::Tensor plain = all_answers(*victim, images);
    EXPECT_TRUE(at::equal(all_answers(*threaded, images), plain));
    answers::AnswerCache cache(dir / (victim->info().victim.id + ".cache"),
                               answers::Access::kWrite);
    EXPECT_TRUE(at::equal(all_answers(*victim, middle, &cache), plain.narrow(0, 13, 23)));
    EXPECT_TRUE(at::equal(all_answers(*threaded, images, &cache), plain));
    EXPECT_TRUE(at::equal(all_answers(*victim, images, &cache), plain));
    EXPECT_EQ(cache.answers(), 70U);
    EXPECT_EQ(cache.ledger().at(0).counts.sent, 70U);
  }
}

}  // namespace
}  // namespace cs::victim
