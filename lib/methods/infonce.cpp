/// infonce: the loss of cont-steal-code at a low temperature, as in
/// cleverhans-lab/ssl-attacks-defenses.

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

Recipe infonce_recipe() {
  Recipe r = attack_recipe(3e-4, 1e-4);
  r.own = TemperatureSettings{0.07};
  return r;
}

}  // namespace

MethodInfo infonce_method() {
  MethodInfo info;
  info.name = "infonce";
  info.summary = "symmetric contrastive loss at a low temperature";
  info.answers = data::AnswerKind::kEmbedding;
  info.recipes = {infonce_recipe()};
  info.loss_options = {temperature_option(field(&TemperatureSettings::temperature))};
  info.make = make<AtTemperature<nt_xent>>;
  return info;
}

}  // namespace cs::methods
