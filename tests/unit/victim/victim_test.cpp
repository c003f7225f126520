#include "victim/victim.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <set>

#include "core/error.hpp"
#include "nn/encoder.hpp"
#include "nn/encoder_file.hpp"
#include "nn/head_file.hpp"
#include "nn/init.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "victim/query.hpp"

namespace cs::victim {
namespace {

VictimOptions options_for(std::int64_t size) {
  VictimOptions options;
  options.image_size = size;
  return options;
}

VictimOptions trusting(std::int64_t size) {
  VictimOptions options = options_for(size);
  options.allow_code = AllowCode::kYes;
  return options;
}

/// A TorchScript file whose forward is `body` of x, with one weight w = 2.
std::string script(const test::TempDir& dir, const std::string& name, const std::string& body) {
  torch::jit::Module module("V");
  module.register_parameter("w", at::full({1}, 2.0), false);
  module.define("def forward(self, x):\n  return " + body + "\n");
  const std::string path = (dir / name).string();
  module.save(path);
  return path;
}

std::string encoder(const test::TempDir& dir, const std::string& name, std::uint64_t seed) {
  nn::EncoderConfig config;
  config.arch = "resnet10";
  config.stem = nn::parse_stem("imagenet");
  config.input.size = 16;
  const nn::Encoder made = nn::make_encoder(config);
  nn::initialize(*made, seed);
  nn::save_encoder(dir / name, made, {}, Overwrite::kAllow);
  return (dir / name).string();
}

TEST(Pixels, AreTheirOwnEmbedding) {
  const auto victim = open_victim("pixels", options_for(4));
  const at::Tensor images = at::randint(0, 256, {3, 4, 4, 3}, at::kByte);
  EXPECT_TRUE(at::allclose(victim->answer(images), images.flatten(1).to(at::kFloat) / 255));
}

TEST(Script, IsRefusedUnlessCodeIsAllowed) {
  const test::TempDir dir;
  const std::string path = script(dir, "v.pt", "x.flatten(1).mean(1, True) * self.w");
  EXPECT_THROW(open_victim(path, options_for(4)), UsageError);
  const at::Tensor images = at::full({2, 4, 4, 3}, 51, at::kByte);  // 51 / 255 = 0.2
  EXPECT_TRUE(at::allclose(open_victim(path, trusting(4))->answer(images), at::full({2, 1}, 0.4F)));
}

TEST(Script, SeesMeanStdAndSizeAsGiven) {
  const test::TempDir dir;
  const std::string path = script(dir, "v.pt", "x[:, :, 0, 0] * self.w + float(x.size(3))");
  VictimOptions options = trusting(4);
  options.mean = {0.1, 0.2, 0.0};
  options.std = {1.0, 0.5, 1.0};
  options.input_size = 8;
  const at::Tensor answers =
      open_victim(path, options)->answer(at::full({1, 4, 4, 3}, 51, at::kByte));
  EXPECT_NEAR(answers[0][0].item<float>(), 2 * 0.1 + 8, 1e-5);
  EXPECT_NEAR(answers[0][1].item<float>(), 2 * 0.0 + 8, 1e-5);
  EXPECT_NEAR(answers[0][2].item<float>(), 2 * 0.2 + 8, 1e-5);
}

TEST(Script, ThatAnswersNonsenseIsADataError) {
  const test::TempDir dir;
  const at::Tensor images = at::zeros({2, 4, 4, 3}, at::kByte);
  for (const char* body : {"x.sum()", "x.flatten(1) / 0.0", "x[:1].flatten(1)", "x.view(7)"})
    EXPECT_THROW(open_victim(script(dir, "v.pt", body), trusting(4))->answer(images), DataError)
        << body;
}

TEST(Victim, RefusesFilesThatAreNoEncoder) {
  const test::TempDir dir;
  write_file(dir / "text", "hello", Overwrite::kRefuse);
  write_file(dir / "zip", std::string("PK\x03\x04garbage"), Overwrite::kRefuse);
  EXPECT_THROW(open_victim((dir / "text").string(), options_for(4)), DataError);
  EXPECT_THROW(open_victim((dir / "zip").string(), trusting(4)), DataError);
  EXPECT_THROW(open_victim((dir / "none").string(), options_for(4)), Error);
}

TEST(Victim, OfThisProjectStatesItsOwnInput) {
  const test::TempDir dir;
  const std::string path = encoder(dir, "e.safetensors", 1);
  VictimOptions options = options_for(16);
  options.mean = {0, 0, 0};
  EXPECT_THROW(open_victim(path, options), UsageError);
}

TEST(Victim, IdNamesFileInputAndPrecision) {
  const test::TempDir dir;
  const std::string one = encoder(dir, "a.safetensors", 1);
  const std::string two = encoder(dir, "b.safetensors", 2);
  const std::string id = open_victim(one, options_for(16))->id();
  EXPECT_EQ(open_victim(one, options_for(16))->id(), id);
  EXPECT_NE(open_victim(two, options_for(16))->id(), id);
  VictimOptions bf16 = options_for(16);
  bf16.precision = nn::Precision::kBf16;
  EXPECT_NE(open_victim(one, bf16)->id(), id);
  const std::string code = script(dir, "v.pt", "x.flatten(1)");
  VictimOptions shifted = trusting(4);
  shifted.mean = {0.5, 0.5, 0.5};
  EXPECT_NE(open_victim(code, shifted)->id(), open_victim(code, trusting(4))->id());
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

TEST(Victim, BehindAHeadAnswersWithItsLogitsProbabilitiesOrLargestClass) {
  const test::TempDir dir;
  const std::string path = encoder(dir, "e.safetensors", 1);
  const at::Tensor images = at::randint(0, 256, {5, 16, 16, 3}, at::kByte);
  const at::Tensor embeddings = open_victim(path, options_for(16))->answer(images);
  VictimOptions options = classifying(dir, AnswerKind::kPosterior, 16, 256);
  const auto head = nn::load_head(options.head).head;
  const at::Tensor logits = embeddings.mm(head.weight.t()) + head.bias;
  const auto victim = open_victim(path, options);
  EXPECT_TRUE(at::allclose(victim->answer(images), logits, 1e-5, 1e-5));
  EXPECT_EQ(victim->info().posterior, PosteriorForm::kLogits);
  EXPECT_EQ(victim->info().classes, (std::vector<std::string>{"a", "b", "c"}));
  options.posterior = PosteriorForm::kSoftmax;
  const auto soft = open_victim(path, options);
  EXPECT_TRUE(at::allclose(soft->answer(images), logits.softmax(1), 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(soft->answer(images).sum(1), at::ones({5})));
  options = classifying(dir, AnswerKind::kPrediction, 16, 256);
  const auto labels = open_victim(path, options);
  EXPECT_TRUE(labels->answer(images).equal(logits.argmax(1, true).to(at::kFloat)));
  const std::set<std::string> ids{open_victim(path, options_for(16))->id(), victim->id(),
                                  soft->id(), labels->id()};
  EXPECT_EQ(ids.size(), 4U);
}

TEST(Victim, TakesOnlyAHeadOfItsOwnThatFits) {
  const test::TempDir dir;
  const std::string path = encoder(dir, "e.safetensors", 1);
  const std::string file = nn::load_encoder(path).digest.hex();
  const at::Tensor images = at::zeros({1, 16, 16, 3}, at::kByte);
  EXPECT_NO_THROW(open_victim(path, classifying(dir, AnswerKind::kPrediction, 16, 256, file)));
  EXPECT_THROW(
      open_victim(path, classifying(dir, AnswerKind::kPrediction, 16, 256, std::string(32, '0'))),
      DataError);
  EXPECT_THROW(
      open_victim(path, classifying(dir, AnswerKind::kPrediction, 16, 255))->answer(images),
      DataError);
}

TEST(Victim, WhoseEmbeddingsAreNotFiniteNamesNoClass) {
  const test::TempDir dir;
  const std::string path = script(dir, "v.pt", "x.flatten(1) / 0.0");
  const auto victim = open_victim(path, classifying(dir, AnswerKind::kPrediction, 4, 48));
  EXPECT_THROW(victim->answer(at::zeros({1, 4, 4, 3}, at::kByte)), DataError);
}

TEST(Victim, IsAskedForPosteriorsAndLabelsWithAHeadAndForNothingElse) {
  VictimOptions options;
  options.answer = AnswerKind::kPrediction;
  EXPECT_THROW(check(options), UsageError);
  options.head = "h";
  EXPECT_NO_THROW(check(options));
  options.posterior = PosteriorForm::kSoftmax;
  EXPECT_THROW(check(options), UsageError);
  options.answer = AnswerKind::kPosterior;
  EXPECT_NO_THROW(check(options));
  options = {};
  options.head = "h";
  EXPECT_THROW(check(options), UsageError);
}

TEST(Query, AnswersDependNeitherOnNeighborsNorOnThreads) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 37, test::image_header(0, 16));
  const store::Dataset images({dir / "images.lmdb"});
  const auto victim = open_victim(encoder(dir, "e.safetensors", 1), options_for(16));
  const auto ask = [&](const QueryOptions& options) {
    std::vector<at::Tensor> parts;
    query_images(*victim, images, options,
                 [&](const at::Tensor& answers) { parts.push_back(answers.clone()); });
    return at::cat(parts);
  };
  const at::Tensor answers = ask({8, 1});
  EXPECT_EQ(answers.size(0), 37);
  EXPECT_TRUE(at::equal(answers, ask({8, 3})));
  EXPECT_TRUE(at::allclose(answers, ask({64, 2}), 1e-4, 1e-5));  // other batches, other kernels
}

at::Tensor all_answers(const Victim& victim, const store::Dataset& images,
                       const QueryOptions& options) {
  std::vector<at::Tensor> parts;
  query_images(victim, images, options,
               [&](const at::Tensor& answers) { parts.push_back(answers.clone()); });
  return at::cat(parts);
}

TEST(Query, AnswersAreTheSameWhateverWasCachedBefore) {
  const test::TempDir dir;
  test::write_images(dir / "images.lmdb", 70, test::image_header(0, 16));
  test::write_images(dir / "middle.lmdb", 23, test::image_header(13, 16));
  const store::Dataset images({dir / "images.lmdb"});
  const store::Dataset middle({dir / "middle.lmdb"});
  for (const std::string& name : {std::string("pixels"), encoder(dir, "e.safetensors", 1)}) {
    const auto victim = open_victim(name, options_for(16));
    const at::Tensor plain = all_answers(*victim, images, {8, 2});
    store::AnswerCache cache(dir / (victim->id() + ".cache"), store::Access::kWrite);
    EXPECT_TRUE(at::equal(all_answers(*victim, middle, {8, 2, &cache}), plain.narrow(0, 13, 23)));
    EXPECT_TRUE(at::equal(all_answers(*victim, images, {8, 3, &cache}), plain));
    EXPECT_TRUE(at::equal(all_answers(*victim, images, {8, 1, &cache}), plain));
    EXPECT_EQ(cache.answers(), 70U);
    EXPECT_EQ(cache.ledger().at(0).counts.sent, 70U);
  }
}

TEST(Query, AsksAboutEqualImagesOnce) {
  const test::TempDir dir;
  store::Header header;
  header.columns = {store::image_spec(4, 4)};
  {
    store::Writer writer(dir / "images.lmdb", Overwrite::kAllow, header);
    for (const std::uint64_t id : {0, 1, 0, 2, 1, 0})
      writer.append(store::Column::kImage, test::pixels_of(id, 48).data(), 1);
    writer.close();
  }
  const store::Dataset images({dir / "images.lmdb"});
  const auto victim = open_victim("pixels", options_for(4));
  const std::filesystem::path folder = dir / "cache";
  const Json before = estimate(*victim, images, {folder, {"attack", 2}, 0.5, 1});
  EXPECT_EQ(before.at("calls"), 3);
  EXPECT_EQ(before.at("price"), 1.5);
  EXPECT_EQ(before.at("budget_left"), 2);
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(estimate(*victim, images, {}).at("calls"), 6);
  const at::Tensor plain = all_answers(*victim, images, {2, 1});
  {
    store::AnswerCache cache(folder, store::Access::kWrite);
    EXPECT_THROW(all_answers(*victim, images, {2, 1, &cache, {"attack", 2}}), Incomplete);
    EXPECT_TRUE(at::equal(all_answers(*victim, images, {2, 1, &cache, {"attack", 3}}), plain));
  }
  const Json after = estimate(*victim, images, {folder, {"attack", 5}, 0.5, 1});
  EXPECT_EQ(after.at("cached"), 3);
  EXPECT_EQ(after.at("calls"), 0);
  EXPECT_EQ(after.at("budget_left"), 2);
}

}  // namespace
}  // namespace cs::victim
