#include "learn/trainer.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace cs::learn {
namespace {

constexpr std::int64_t kRecords = 24;
constexpr std::int64_t kWidth = 8;

/// Two classes of noisy images, dark and bright, with answers that tell them apart.
data::TrainingSet make_set() {
  at::manual_seed(5);
  data::TrainingSet set;
  set.labels = at::arange(kRecords, at::kLong).remainder(2);
  const auto noise = at::randint(0, 100, {kRecords, 16, 16, 3}, at::kLong);
  set.images = (noise + set.labels.view({-1, 1, 1, 1}) * 120).to(at::kByte);
  set.answers = at::randn({2, kWidth}).index_select(0, set.labels) * 2;
  set.images_were_answered = true;
  set.records = kRecords;
  set.classes = {"dark", "bright"};
  return set;
}

std::shared_ptr<Method> make(const std::string& name) {
  nn::EncoderConfig config;
  config.arch = "resnet10";
  config.input.size = 16;
  const auto& info = find_method(name);
  if (info.answers == data::AnswerKind::kEmbedding) config.width = kWidth;
  nn::Encoder encoder(config);
  nn::initialize(*encoder, 3);
  MethodSettings settings;
  settings.answer_width = kWidth;
  settings.classes = 2;
  settings.tau = info.defaults.tau;
  return make_method(info, encoder, settings);
}

struct Run {
  std::vector<EpochReport> reports;
  at::Tensor weights;  ///< of the encoder's first layer
};

Run run(const std::string& name, const TrainerOptions& how) {
  data::TrainingSet set = make_set();
  const auto& info = find_method(name);
  if (info.answers == data::AnswerKind::kPrediction) set.answers = set.labels;
  if (info.answers == data::AnswerKind::kPosterior)
    set.answers = set.answers.narrow(1, 0, 2).contiguous();
  data::LoaderOptions options;
  options.batch = 12;
  options.views = info.views;
  options.surrogate_view = info.defaults.surrogate_view;
  options.threads = 0;
  data::Loader loader(set, options);
  const auto method = make(name);
  TrainerOptions settings = how;
  Run result;
  settings.on_epoch = [&](const EpochReport& report) { result.reports.push_back(report); };
  train(*method, loader, settings);
  result.weights = method->encoder()->named_parameters()["conv1.weight"].detach().clone();
  return result;
}

TrainerOptions adam(std::int64_t epochs) {
  TrainerOptions options;
  options.epochs = epochs;
  options.optimizer = {OptimizerKind::kAdam, 1e-3, 0, 0};
  return options;
}

TEST(Trainer, LowersTheLossOfEveryMethod) {
  for (const auto& info : methods()) {
    const auto reports = run(info.name, adam(5)).reports;
    ASSERT_EQ(reports.size(), 5U) << info.name;
    // Plain views make simclr's pairs equal, so that its loss may only fall by pushing apart.
    EXPECT_LT(reports.back().loss, reports.front().loss) << info.name;
  }
}

TEST(Trainer, ReportsEpochsRatesAndImages) {
  TrainerOptions options = adam(2);
  options.schedule = Schedule::kCosine;
  const auto reports = run("simclr", options).reports;
  EXPECT_EQ(reports[1].epoch, 1);
  EXPECT_DOUBLE_EQ(reports[0].lr, 1e-3);
  EXPECT_DOUBLE_EQ(reports[1].lr, 0.5e-3);
  EXPECT_NEAR(reports[0].images_per_second * reports[0].seconds, 2.0 * kRecords, 1e-6);
}

TEST(Trainer, RepeatsItselfBitForBit) {
  EXPECT_TRUE(run("cont-steal", adam(2)).weights.equal(run("cont-steal", adam(2)).weights));
}

TEST(Trainer, TrainsInBf16CloseToF32) {
  TrainerOptions half = adam(3);
  half.precision = nn::Precision::kBf16;
  const double in_half = run("mse", half).reports.back().loss;
  const double full = run("mse", adam(3)).reports.back().loss;
  EXPECT_NEAR(in_half, full, 0.3 * full);
}

TEST(Trainer, GivesUpWhenTheLossIsNotFinite) {
  TrainerOptions options = adam(5);
  options.optimizer = {OptimizerKind::kSgd, 1e18, 0.9, 0};
  EXPECT_THROW(run("mse", options), Error);
}

TEST(Trainer, StopsOnRequest) {
  request_stop(SIGTERM);
  EXPECT_THROW(run("mse", adam(1)), Stopped);
  request_stop(0);
}

}  // namespace
}  // namespace cs::learn
