#include "learn/trainer.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "learn/session.hpp"

namespace cs::learn {
namespace {

constexpr std::int64_t kRecords = 24;
constexpr std::int64_t kWidth = 8;

/// Two classes of noisy images, dark and bright, with answers that tell them apart; of stored
/// views, two of each image.
data::TrainingSet make_set(bool stored_views) {
  at::manual_seed(5);
  data::TrainingSet set;
  set.answers_per_record = set.images_per_record = stored_views ? 2 : 1;
  const std::int64_t rows = kRecords * set.images_per_record;
  set.labels = at::arange(kRecords, at::kLong).remainder(2);
  const auto label = set.labels.repeat_interleave(set.images_per_record);
  const auto noise = at::randint(0, 100, {rows, 16, 16, 3}, at::kLong);
  set.images = (noise + label.view({-1, 1, 1, 1}) * 120).to(at::kByte);
  set.answers = at::randn({2, kWidth}).index_select(0, label) * 2;
  set.images_were_answered = true;
  set.images_are_views = stored_views;
  set.records = kRecords;
  set.first = 100;
  set.classes = {"dark", "bright"};
  set.answer_classes = set.classes;
  return set;
}

data::TrainingSet set_for(const MethodInfo& info) {
  data::TrainingSet set = make_set(info.views == Views::kAnsweredPair);
  if (info.answers == data::AnswerKind::kPrediction) set.answers = set.labels;
  if (info.answers == data::AnswerKind::kPosterior)
    set.answers = set.answers.narrow(1, 0, 2).contiguous();
  return set;
}

/// The method's default recipe in small, with Adam.
Recipe small(const std::string& method, std::int64_t epochs) {
  Recipe recipe = find_method(method).recipe("");
  recipe.optimizer = OptimizerKind::kAdam;
  recipe.lr = 1e-3;
  recipe.lr_long = recipe.weight_decay = 0;
  recipe.lr_batch = 0;
  recipe.batch = 12;
  recipe.epochs = epochs;
  recipe.schedule = Schedule::kConstant;
  recipe.queue = 40;
  recipe.bn_splits = 2;
  recipe.views = 2;
  if (!recipe.projector.empty()) recipe.projector = {32, 16};
  if (!recipe.predictor.empty()) recipe.predictor = {8};
  return recipe;
}

struct Outcome {
  std::vector<EpochReport> reports;
  Trained trained;
};

Outcome run(const std::string& name, const Recipe& recipe, SessionOptions options = {}) {
  const MethodInfo& info = find_method(name);
  options.encoder.arch = "resnet10";
  options.seed = 3;
  Outcome result;
  options.on_epoch = [&](const EpochReport& report) { result.reports.push_back(report); };
  result.trained = train_encoder(info, recipe, set_for(info), options);
  return result;
}

/// Whether two encoders are the same bit for bit, statistics included.
bool same(const Outcome& a, const Outcome& b) {
  const nn::State left = nn::state_of(*a.trained.encoder);
  const nn::State right = nn::state_of(*b.trained.encoder);
  for (std::size_t i = 0; i < left.size(); ++i)
    if (!left[i].second.equal(right.at(i).second)) return false;
  return left.size() == right.size();
}

TEST(Trainer, LowersTheLossOfEveryMethod) {
  for (const auto& info : methods()) {
    const auto reports = run(info.name, small(info.name, 5)).reports;
    ASSERT_EQ(reports.size(), 5U) << info.name;
    // The keys of moco's queue are random at first, and easier to tell apart than images.
    if (info.name == "moco") continue;
    EXPECT_LT(reports.back().loss, reports.front().loss) << info.name;
  }
}

TEST(Trainer, ReportsEpochsRatesAndImages) {
  Recipe recipe = small("simclr", 2);
  recipe.schedule = Schedule::kCosine;
  const auto reports = run("simclr", recipe).reports;
  EXPECT_EQ(reports[1].epoch, 1);
  EXPECT_DOUBLE_EQ(reports[0].lr, 1e-3);
  EXPECT_DOUBLE_EQ(reports[1].lr, 0.5e-3);
  EXPECT_NEAR(reports[0].images_per_second * reports[0].seconds, 2.0 * kRecords, 1e-6);
  EXPECT_GT(reports[0].spread, 1e-3);
  const double parts = reports[0].loading_seconds + reports[0].forward_seconds +
                       reports[0].backward_seconds + reports[0].optimizer_seconds;
  EXPECT_GT(parts, 0);
  EXPECT_LE(parts, reports[0].seconds);
}

TEST(Trainer, RepeatsItselfBitForBit) {
  EXPECT_TRUE(
      same(run("cont-steal", small("cont-steal", 2)), run("cont-steal", small("cont-steal", 2))));
}

TEST(Trainer, TrainsInBf16CloseToF32) {
  SessionOptions half;
  half.precision = nn::Precision::kBf16;
  const double in_half = run("mse", small("mse", 3), half).reports.back().loss;
  const double full = run("mse", small("mse", 3)).reports.back().loss;
  EXPECT_NEAR(in_half, full, 0.3 * full);
}

TEST(Trainer, NamesTheRecordsOfALossThatIsNotFinite) {
  Recipe recipe = small("mse", 5);
  recipe.optimizer = OptimizerKind::kSgd;
  recipe.lr = 1e18;
  try {
    run("mse", recipe);
    FAIL() << "no error";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("in epoch 0, step 1, of the records 1"), std::string::npos) << text;
    EXPECT_NE(text.find("and 4 more"), std::string::npos) << text;
  }
}

TEST(Trainer, SeesWhenAllEmbeddingsBecomeTheSame) {
  Recipe recipe = small("mse", 1);
  const MethodInfo info = find_method("mse");
  SessionOptions options;
  options.encoder.arch = "resnet10";
  std::vector<EpochReport> reports;
  options.on_epoch = [&](const EpochReport& report) { reports.push_back(report); };
  data::TrainingSet set = make_set(false);
  train_encoder(info, recipe, set, options);
  EXPECT_FALSE(reports.back().collapsed());
  set.images = set.images.narrow(0, 0, 1).expand_as(set.images).contiguous();  // all one image
  train_encoder(info, recipe, set, options);
  EXPECT_TRUE(reports.back().collapsed()) << reports.back().spread;
}

TEST(Trainer, StopsOnRequest) {
  request_stop(SIGTERM);
  EXPECT_THROW(run("mse", small("mse", 1)), Stopped);
  request_stop(0);
}

TEST(Trainer, LeavesFrozenLayersAsTheyAre) {
  Recipe recipe = small("supervised", 2);
  const Outcome untrained = run("supervised", small("supervised", 0));
  recipe.freeze = "layer2";
  const nn::State before = nn::state_of(*untrained.trained.encoder);
  const Outcome trained = run("supervised", recipe);
  const nn::State after = nn::state_of(*trained.trained.encoder);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool frozen =
        before[i].first.rfind("layer3", 0) != 0 && before[i].first.rfind("layer4", 0) != 0;
    EXPECT_EQ(before[i].second.equal(after[i].second), frozen) << before[i].first;
  }
  recipe.freeze = "encoder";  // leaves the classifier
  EXPECT_TRUE(same(untrained, run("supervised", recipe)));
  Recipe nothing = small("mse", 1);
  nothing.freeze = "encoder";
  EXPECT_THROW(run("mse", nothing), UsageError);
}

TEST(Trainer, StartsFromAnotherEncoder) {
  const Outcome first = run("supervised", small("supervised", 1));
  SessionOptions options;
  options.init = first.trained.encoder;
  EXPECT_TRUE(same(first, run("simclr", small("simclr", 0), options)));
  EXPECT_FALSE(same(first, run("simclr", small("simclr", 1), options)));
}

}  // namespace
}  // namespace cs::learn
