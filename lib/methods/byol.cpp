/// byol: BYOL (Grill et al., NeurIPS 2020), minus the cosine between a prediction from one view and
/// the target network's projection of the other; mean of both directions.

#include <ATen/ATen.h>

#include "methods/momentum_encoder.hpp"
#include "methods/predictor.hpp"
#include "methods/two_views.hpp"

namespace cs::methods {
namespace {

struct ByolSettings {
  Widths projector;
  Widths predictor;  ///< its hidden layers
  EmaDecay ema;
  double loss_scale = 1;  ///< factor of the loss
};

class Byol : public TwoViews {
 public:
  Byol(const nn::Encoder& encoder, const MethodSetup& setup)
      : Byol(encoder, setup.recipe.settings<ByolSettings>(), setup) {}

  at::Tensor forward(const at::Tensor& images) override {
    std::vector<at::Tensor> rows;
    for (const at::Tensor& embedding : embed_views(images, 2))
      rows.push_back(predictor_->forward(projector_->forward(embedding)));
    for (const at::Tensor& view : images.chunk(2)) rows.push_back(target_->project(view));
    return at::cat(rows);
  }

  at::Tensor loss(const at::Tensor& outputs, const Targets& /*targets*/) const override {
    return prediction_loss(outputs) * settings_.loss_scale;
  }

  void after_step(std::int64_t step, std::int64_t steps) override {
    target_->update(settings_.ema.at(step, steps));
  }

 private:
  Byol(const nn::Encoder& encoder, const ByolSettings& settings, const MethodSetup& setup)
      : TwoViews(encoder, settings.projector, Norm::kHidden, setup.seed), settings_(settings) {
    predictor_ = register_module(
        "predictor", make_predictor(settings.projector.back(), settings.predictor, setup.seed));
    target_ = register_module(kMomentumEncoderName,
                              MomentumEncoder(encoder, projector_, settings.projector,
                                              Norm::kHidden, setup.recipe.freeze));
  }

  ByolSettings settings_;
  torch::nn::Sequential predictor_{nullptr};
  MomentumEncoder target_{nullptr};
};

std::vector<Recipe> byol_recipes() {
  Recipe lightly = lightly_recipe();
  lightly.policy = "byol";
  lightly.own = ByolSettings{{1024, 256}, {1024}, {0.99, 0.99}, 1};
  Recipe solo = solo_recipe(OptimizerKind::kLars, 1.0, 1e-5);
  solo.policy = "byol";
  // It adds 2 - 2 sim in both directions instead of averaging -sim: 4 times the loss.
  solo.own = ByolSettings{{4096, 256}, {4096}, {0.99, 1}, 4};
  return {lightly, solo};
}

std::vector<RecipeOption> byol_layer_options() {
  std::vector<RecipeOption> options = {projector_option(field(&ByolSettings::projector)),
                                       predictor_option(field(&ByolSettings::predictor))};
  for (const RecipeOption& option : ema_options(field(&ByolSettings::ema)))
    options.push_back(option);
  return options;
}

}  // namespace

MethodInfo byol_method() {
  MethodInfo info;
  info.name = "byol";
  info.summary = "predicts a target network's projection of the other view";
  info.views = Views::kPair;
  info.recipes = byol_recipes();
  info.layer_options = byol_layer_options();
  info.make = make<Byol>;
  return info;
}

}  // namespace cs::methods
