/// moco: MoCo v2 (Chen et al., arXiv 2003.04297) with the loss in both directions: queue_contrast()
/// between the projection of one view and that of the other by the momentum encoder. Keys of both
/// views enter the queue after the step. Batch norm sees the batch in `bn_splits` groups, and keys
/// in other groups than queries: they would tell each other apart by their statistics.

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "methods/losses.hpp"
#include "methods/momentum_encoder.hpp"
#include "methods/two_views.hpp"
#include "nn/rows.hpp"

namespace cs::methods {
namespace {

struct MocoSettings {
  double temperature = 0.1;
  Widths projector;
  EmaDecay ema;
  std::int64_t queue = 4096;   ///< negative keys
  std::int64_t bn_splits = 1;  ///< groups of a batch that batch norm normalizes by themselves
};

/// `count` random unit rows.
at::Tensor random_rows(std::int64_t count, std::int64_t width, std::uint64_t seed) {
  constexpr std::uint64_t kRecord = 1'000'000;  // beyond every parameter's
  Random random(seed + kHeadStream, Purpose::kInit, kRecord);
  at::Tensor rows = at::empty({count, width});
  float* const values = rows.data_ptr<float>();
  for (std::int64_t i = 0; i < rows.numel(); ++i) values[i] = static_cast<float>(random.normal());
  return nn::unit_rows(rows);
}

class Moco : public TwoViews {
 public:
  Moco(const nn::Encoder& encoder, const MethodSetup& setup)
      : Moco(encoder, setup.recipe.settings<MocoSettings>(), setup) {}

  at::Tensor forward(const at::Tensor& images) override {
    const at::Tensor queries = project(images);
    std::vector<at::Tensor> keys;
    for (const at::Tensor& view : images.chunk(2)) keys.push_back(keys_of(view));
    keys_ = at::cat(keys);
    return at::cat({queries, keys_});
  }

  at::Tensor loss(const at::Tensor& outputs, const Targets& /*targets*/) const override {
    const auto halves = outputs.chunk(2);
    return queue_contrast(halves[0], exchanged(halves[1]), queue_, settings_.temperature);
  }

  void after_step(std::int64_t step, std::int64_t steps) override {
    momentum_encoder_->update(settings_.ema.at(step, steps));
    enqueue(step);
  }

  void check_batch(std::int64_t batch) const override {
    Method::check_batch(batch);
    if (batch < 2 * settings_.bn_splits)
      throw UsageError("`bn-splits`", std::to_string(settings_.bn_splits) +
                                          " parts of a batch of " + std::to_string(batch) +
                                          " leave parts of one image; take fewer, or a larger "
                                          "`batch`");
  }

 private:
  Moco(const nn::Encoder& encoder, const MocoSettings& settings, const MethodSetup& setup)
      : TwoViews(encoder, settings.projector, Norm::kNone, setup.seed), settings_(settings) {
    encoder->split_batch_norm(settings.bn_splits);
    momentum_encoder_ = register_module(
        kMomentumEncoderName,
        MomentumEncoder(encoder, projector_, settings.projector, Norm::kNone, setup.recipe.freeze));
    momentum_encoder_->split_batch_norm(settings.bn_splits);
    queue_ = register_buffer("queue",
                             random_rows(settings.queue, settings.projector.back(), setup.seed));
  }

  /// Keys of one view, whose images go through batch norm in other groups than queries: every
  /// bn_splits-th image instead of one run of images.
  at::Tensor keys_of(const at::Tensor& view) {
    const std::int64_t groups = std::min(settings_.bn_splits, view.size(0));
    if (groups == 1) return momentum_encoder_->project(view);
    std::vector<at::Tensor> dealt;
    for (std::int64_t i = 0; i < groups; ++i)
      dealt.push_back(view.slice(0, i, view.size(0), groups));
    const at::Tensor rows =
        momentum_encoder_->project(at::cat(dealt).contiguous(at::MemoryFormat::ChannelsLast));
    at::Tensor back = at::empty_like(rows);
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < groups; ++i) {
      const std::int64_t count = dealt[static_cast<std::size_t>(i)].size(0);
      back.slice(0, i, back.size(0), groups).copy_(rows.narrow(0, at, count));
      at += count;
    }
    return back;
  }

  /// Puts the step's keys in the place of the oldest ones.
  void enqueue(std::int64_t step) {
    const at::NoGradGuard no_grad;
    at::Tensor keys = nn::unit_rows(keys_);
    const std::int64_t size = queue_.size(0);
    if (keys.size(0) > size) keys = keys.narrow(0, keys.size(0) - size, size);
    const std::int64_t count = keys.size(0);
    const std::int64_t at = step * count % size;
    const std::int64_t first = std::min(count, size - at);
    queue_.narrow(0, at, first).copy_(keys.narrow(0, 0, first));
    if (first < count)
      queue_.narrow(0, 0, count - first).copy_(keys.narrow(0, first, count - first));
  }

  MocoSettings settings_;
  MomentumEncoder momentum_encoder_{nullptr};
  at::Tensor queue_;  ///< unit rows; where the next keys go follows from the step
  at::Tensor keys_;   ///< of the last forward()
};

std::vector<Recipe> moco_recipes() {
  Recipe lightly = lightly_recipe();
  lightly.own = MocoSettings{0.1, {512, 128}, {0.99, 0.99}, 4096, 8};
  Recipe solo = solo_recipe(OptimizerKind::kSgd, 0.3, 1e-4);
  solo.own = MocoSettings{0.2, {2048, 256}, {0.99, 0.999}, 32768, 1};
  return {lightly, solo};
}

std::vector<RecipeOption> moco_layer_options() {
  std::vector<RecipeOption> options = {projector_option(field(&MocoSettings::projector))};
  for (const RecipeOption& option : ema_options(field(&MocoSettings::ema)))
    options.push_back(option);
  options.push_back(
      count_option("queue", "Negative keys in the queue.", field(&MocoSettings::queue), 1));
  options.push_back(count_option("bn-splits",
                                 "Parts of a batch that batch norm normalizes separately.",
                                 field(&MocoSettings::bn_splits), 1));
  return options;
}

}  // namespace

MethodInfo moco_method() {
  MethodInfo info;
  info.name = "moco";
  info.summary = "MoCo v2, negative keys in a queue, a momentum encoder";
  info.views = Views::kPair;
  info.recipes = moco_recipes();
  info.loss_options = {temperature_option(field(&MocoSettings::temperature))};
  info.layer_options = moco_layer_options();
  info.make = make<Moco>;
  return info;
}

}  // namespace cs::methods
