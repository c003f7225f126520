/// simclr: SimCLR (Chen et al., ICML 2020), NT-Xent between two projected views.

#include "methods/losses.hpp"
#include "methods/two_views.hpp"

namespace cs::methods {
namespace {

struct SimclrSettings {
  double temperature = 0.5;
  Widths projector;
  bool projector_norm = false;  ///< batch norm behind the projector's layers
};

class Simclr : public TwoViews {
 public:
  Simclr(const nn::Encoder& encoder, const MethodSetup& setup)
      : Simclr(encoder, setup.recipe.settings<SimclrSettings>(), setup.seed) {}

  at::Tensor forward(const at::Tensor& images) override { return project(images); }

  at::Tensor loss(const at::Tensor& outputs, const Targets& /*targets*/) const override {
    const auto views = outputs.chunk(2);
    return nt_xent(views[0], views[1], temperature_);
  }

 private:
  Simclr(const nn::Encoder& encoder, const SimclrSettings& settings, std::uint64_t seed)
      : TwoViews(encoder, settings.projector, settings.projector_norm ? Norm::kAll : Norm::kNone,
                 seed),
        temperature_(settings.temperature) {}

  double temperature_;
};

/// dkobak/simclr-cifar10.
Recipe dkobak_recipe() {
  Recipe r;
  r.name = "dkobak";
  r.lr = 0.06;
  r.lr_long = 0.03;
  r.lr_batch = 256;
  r.weight_decay = 5e-4;
  r.batch = 512;
  r.schedule = Schedule::kCosine;
  r.policy = "simclr-dkobak";
  r.own = SimclrSettings{0.5, {1024, 128}, false};
  return r;
}

std::vector<Recipe> simclr_recipes() {
  Recipe lightly = lightly_recipe();
  lightly.own = SimclrSettings{0.5, {512, 128}, true};
  Recipe solo = solo_recipe(OptimizerKind::kLars, 0.4, 1e-4);
  solo.own = SimclrSettings{0.2, {2048, 256}, false};
  return {dkobak_recipe(), lightly, solo};
}

}  // namespace

MethodInfo simclr_method() {
  MethodInfo info;
  info.name = "simclr";
  info.summary = "NT-Xent between two views of each image";
  info.views = Views::kPair;
  info.recipes = simclr_recipes();
  info.loss_options = {temperature_option(field(&SimclrSettings::temperature))};
  info.layer_options = {projector_option(field(&SimclrSettings::projector))};
  info.make = make<Simclr>;
  return info;
}

}  // namespace cs::methods
