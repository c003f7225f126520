// What the training loop does at each step, seen by a method that keeps a diary of it.

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "methods/list.hpp"
#include "nn/compat.hpp"
#include "nn/pixels.hpp"
#include "train/session.hpp"

namespace cs::train {
namespace {

/// What one step did.
struct Entry {
  bool training = false;     ///< mode of the encoder in forward()
  bool half = false;         ///< forward() under Autocast
  bool half_loss = false;    ///< loss() too
  double weight_before = 0;  ///< of loss()
  double weight_after = 0;   ///< in after_step()
  std::int64_t step = -1;    ///< told to after_step()
  std::int64_t steps = -1;
  at::Tensor images;   ///< of forward()
  at::Tensor answers;  ///< that loss() compared with
};

std::vector<Entry> diary;
std::vector<double> reported;  ///< losses of epochs

/// Has one weight of its own, whose gradient is always 1, beside an encoder that gets none.
class Diarist : public methods::Method {
 public:
  explicit Diarist(const nn::Encoder& encoder)
      : methods::Method(encoder), weight_(register_parameter("weight", at::ones({1}))) {}

  at::Tensor forward(const at::Tensor& images) override {
    diary.emplace_back();
    diary.back().images = images.clone();
    diary.back().training = encoder()->is_training();
    diary.back().half = nn::compat::autocast_enabled(c10::kCPU);
    return embed(images);
  }

  at::Tensor loss(const at::Tensor& outputs, const methods::Targets& targets) const override {
    diary.back().answers = targets.answers;
    diary.back().half_loss = nn::compat::autocast_enabled(c10::kCPU);
    diary.back().weight_before = weight_.item<double>();
    return weight_.sum() + 0 * outputs.sum();
  }

  void after_step(std::int64_t step, std::int64_t steps) override {
    diary.back().weight_after = weight_.item<double>();
    diary.back().step = step;
    diary.back().steps = steps;
  }

 private:
  at::Tensor weight_;
};

constexpr std::int64_t kDiaryRecords = 24;
constexpr std::int64_t kEpochs = 4;
constexpr std::int64_t kStepsPerEpoch = 2;

methods::Recipe recipe() {
  methods::Recipe r = methods::find_method("simclr").recipe("");
  r.lr = 0.1;
  r.lr_long = 0;
  r.lr_batch = 0;
  r.momentum = 0.5;
  r.weight_decay = 0.01;
  r.clip = 0.5;
  r.batch = kDiaryRecords / kStepsPerEpoch;
  r.epochs = kEpochs;
  r.schedule = methods::Schedule::kCosine;
  r.warmup = 1;
  return r;
}

/// The diary of a run with everything of `method` but its loss.
std::vector<Entry> diary_of(const std::string& method, const methods::Recipe& recipe,
                            const data::TrainingSet& set, nn::Precision precision) {
  methods::MethodInfo info = methods::find_method(method);
  info.make = [](const nn::Encoder& encoder, const methods::MethodSetup& /*setup*/) {
    return std::shared_ptr<methods::Method>(std::make_shared<Diarist>(encoder));
  };
  SessionOptions options;
  options.encoder.arch = "resnet20";
  options.precision = precision;
  diary.clear();
  reported.clear();
  options.on_epoch = [](const EpochReport& report) { reported.push_back(report.loss); };
  train_encoder(info, recipe, set, options);
  return diary;
}

data::TrainingSet make_set(std::int64_t records) {
  data::TrainingSet set;
  set.images = at::randint(0, 256, {records, 8, 8, 3}, at::kByte);
  set.records = records;
  return set;
}

std::vector<Entry> train(const methods::Recipe& recipe, nn::Precision precision) {
  return diary_of("simclr", recipe, make_set(kDiaryRecords), precision);
}

TEST(Steps, AreTakenAsTheRecipeSays) {
  const std::vector<Entry> steps = train(recipe(), nn::Precision::kF32);
  ASSERT_EQ(steps.size(), kEpochs * kStepsPerEpoch);
  double weight = 1;
  double velocity = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t epoch = i / kStepsPerEpoch;
    // One epoch of warm-up, at its end in full; then half a cosine over the other three.
    const double rate =
        epoch == 0 ? 0.1 : 0.1 * (1 + std::cos(M_PI * static_cast<double>(epoch - 1) / 3)) / 2;
    EXPECT_NEAR(steps[i].weight_before, weight, 1e-5) << i;
    velocity = 0.5 * velocity + 0.5 / (1 + 1e-6) + 0.01 * weight;
    weight -= rate * velocity;
    EXPECT_NEAR(steps[i].weight_after, weight, 1e-5) << i;
  }
}

TEST(Steps, OfAnEpochAreReportedByTheirMeanLoss) {
  const std::vector<Entry> steps = train(recipe(), nn::Precision::kF32);
  ASSERT_EQ(reported.size(), kEpochs);
  for (std::size_t epoch = 0; epoch < kEpochs; ++epoch) {
    const double first = steps[epoch * kStepsPerEpoch].weight_before;  // is the loss
    const double second = steps[epoch * kStepsPerEpoch + 1].weight_before;
    EXPECT_GT(first, second);
    EXPECT_NEAR(reported[epoch], (first + second) / 2, 1e-6);
  }
}

TEST(Steps, AreNumberedThroughTheRunAndSeenWhenTheyAreTaken) {
  const std::vector<Entry> steps = train(recipe(), nn::Precision::kF32);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].step, static_cast<std::int64_t>(i));
    EXPECT_EQ(steps[i].steps, kEpochs * kStepsPerEpoch);
    EXPECT_LT(steps[i].weight_after, steps[i].weight_before) << i;
    EXPECT_TRUE(steps[i].training) << i;
  }
}

TEST(Steps, RunForwardInHalfPrecisionAndTheLossInFull) {
  for (const auto precision : {nn::Precision::kF32, nn::Precision::kBf16}) {
    for (const Entry& step : train(recipe(), precision)) {
      EXPECT_EQ(step.half, precision == nn::Precision::kBf16);
      EXPECT_FALSE(step.half_loss);
    }
  }
}

TEST(Steps, ScaleTheRateByTheBatchThatTheSetHas) {
  methods::Recipe scaled = recipe();
  scaled.batch = 4096;  // of which there are 24: one step an epoch
  scaled.lr_batch = 48;
  scaled.momentum = scaled.weight_decay = scaled.clip = 0;
  const std::vector<Entry> steps = train(scaled, nn::Precision::kF32);
  ASSERT_EQ(steps.size(), kEpochs);
  EXPECT_NEAR(steps[0].weight_after, 1 - 0.1 * 24 / 48, 1e-6);
}

TEST(Steps, OfRdaCompareWithTheMeanDirectionOfAllAnswersAtItsOwnLength) {
  data::TrainingSet set = make_set(2);
  set.answers_per_record = 2;
  set.answers = at::tensor({3.0F, 0.0F, 0.0F, 4.0F, -2.0F, 0.0F, 0.0F, 0.5F}).view({4, 2});
  methods::Recipe r = methods::find_method("rda").recipe("");
  r.epochs = 1;
  const std::vector<Entry> steps = diary_of("rda", r, set, nn::Precision::kF32);
  ASSERT_EQ(steps.size(), 1U);
  const at::Tensor in_order = std::get<0>(steps[0].answers.sort(0));  // records come in any
  const at::Tensor expected = at::tensor({-0.5F, 0.5F, 0.5F, 0.5F}).view({2, 2});
  EXPECT_TRUE(in_order.allclose(expected)) << in_order;
}

TEST(Steps, UseStoredAnswersInTurnIfTheRecipeSaysSo) {
  data::TrainingSet set = make_set(2);
  set.answers_per_record = 2;
  set.answers = at::arange(4, at::kFloat).view({4, 1});
  methods::Recipe r = methods::find_method("mse").recipe("");
  r.epochs = 4;
  r.victim_view = data::VictimView::kCycle;
  const std::vector<Entry> steps = diary_of("mse", r, set, nn::Precision::kF32);
  ASSERT_EQ(steps.size(), 4U);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto turn = static_cast<float>(i % 2);
    const at::Tensor in_order = std::get<0>(steps[i].answers.flatten().sort());
    EXPECT_TRUE(in_order.equal(at::tensor({turn, 2 + turn}))) << in_order;
  }
}

TEST(Steps, OfStolenEncoderSeeEachImageAsItIsAndThenItsViews) {
  data::TrainingSet set = make_set(2);
  set.answers = at::randn({2, 4});
  methods::Recipe r = methods::find_method("stolen-encoder").recipe("");
  r.epochs = 1;
  const std::vector<Entry> steps = diary_of("stolen-encoder", r, set, nn::Precision::kF32);
  ASSERT_EQ(steps.size(), 1U);
  const at::Tensor seen = steps[0].images;
  const at::Tensor plain = nn::normalize(set.images, {}, c10::kCPU);
  ASSERT_EQ(seen.size(0), 2 * (1 + r.views));
  for (std::int64_t row = 0; row < seen.size(0); ++row) {
    const bool as_it_is = seen[row].equal(plain[0]) || seen[row].equal(plain[1]);
    EXPECT_EQ(as_it_is, row < 2) << row;
  }
}

}  // namespace
}  // namespace cs::train
