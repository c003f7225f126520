/// infonce: the loss of cont-steal-code at a low temperature, as in
/// cleverhans-lab/ssl-attacks-defenses.

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

struct InfoNceSettings {
  double temperature = 0.5;
};

class InfoNce : public Imitation {
 public:
  InfoNce(const nn::Encoder& encoder, const MethodSetup& setup)
      : Imitation(encoder, setup),
        temperature_(setup.recipe.settings<InfoNceSettings>().temperature) {}

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return nt_xent(outputs, targets.answers, temperature_);
  }

 private:
  double temperature_;
};

Recipe infonce_recipe() {
  Recipe r = attack_recipe(3e-4, 1e-4);
  r.own = InfoNceSettings{0.07};
  return r;
}

}  // namespace

MethodInfo infonce_method() {
  MethodInfo info;
  info.name = "infonce";
  info.summary = "symmetric contrastive loss at a low temperature";
  info.answers = data::AnswerKind::kEmbedding;
  info.recipes = {infonce_recipe()};
  info.loss_options = {temperature_option(field(&InfoNceSettings::temperature))};
  info.make = make<InfoNce>;
  return info;
}

}  // namespace cs::methods
