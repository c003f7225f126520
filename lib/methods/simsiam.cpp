/// simsiam: SimSiam (Chen and He, CVPR 2021), BYOL's loss without a target network: the other
/// projection is the encoder's own, behind a stop-gradient.

#include <ATen/ATen.h>

#include "methods/predictor.hpp"
#include "methods/two_views.hpp"

namespace cs::methods {
namespace {

struct SimsiamSettings {
  Widths projector;
  Widths predictor;               ///< its hidden layers
  bool projection_affine = true;  ///< the projector's last batch norm has weights
};

class Simsiam : public TwoViews {
 public:
  Simsiam(const nn::Encoder& encoder, const MethodSetup& setup)
      : Simsiam(encoder, setup.recipe.settings<SimsiamSettings>(), setup.seed) {}

  at::Tensor forward(const at::Tensor& images) override {
    std::vector<at::Tensor> predictions;
    std::vector<at::Tensor> projections;
    for (const at::Tensor& embedding : embed_views(images, 2)) {
      const at::Tensor projection = projector_->forward(embedding);
      predictions.push_back(predictor_->forward(projection));
      projections.push_back(projection.detach());
    }
    predictions.insert(predictions.end(), projections.begin(), projections.end());
    return at::cat(predictions);
  }

  at::Tensor loss(const at::Tensor& outputs, const Targets& /*targets*/) const override {
    return prediction_loss(outputs);
  }

 private:
  Simsiam(const nn::Encoder& encoder, const SimsiamSettings& settings, std::uint64_t seed)
      : TwoViews(encoder, settings.projector,
                 settings.projection_affine ? Norm::kAll : Norm::kAllButLastAffine, seed),
        predictor_(register_module(
            "predictor", make_predictor(settings.projector.back(), settings.predictor, seed))) {}

  torch::nn::Sequential predictor_;
};

std::vector<Recipe> simsiam_recipes() {
  Recipe lightly = lightly_recipe();
  lightly.lr_batch = 0;
  lightly.batch = 128;
  lightly.policy = "simclr";
  lightly.own = SimsiamSettings{{2048, 2048}, {512}, true};
  Recipe solo = solo_recipe(OptimizerKind::kSgd, 0.5, 1e-5);
  solo.own = SimsiamSettings{{2048, 2048, 2048}, {512}, false};
  return {lightly, solo};
}

}  // namespace

MethodInfo simsiam_method() {
  MethodInfo info;
  info.name = "simsiam";
  info.summary = "byol with a stop-gradient instead of a target network";
  info.views = Views::kPair;
  info.recipes = simsiam_recipes();
  info.layer_options = {projector_option(field(&SimsiamSettings::projector)),
                        predictor_option(field(&SimsiamSettings::predictor))};
  info.make = make<Simsiam>;
  return info;
}

}  // namespace cs::methods
