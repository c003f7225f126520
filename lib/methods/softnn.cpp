/// softnn: soft nearest neighbors among raw embeddings, as in cleverhans-lab/ssl-attacks-defenses.

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

Recipe softnn_recipe() {
  Recipe r = attack_recipe(1e-3, 1e-4);
  r.own = TemperatureSettings{100};
  return r;
}

}  // namespace

MethodInfo softnn_method() {
  MethodInfo info;
  info.name = "softnn";
  info.summary = "soft nearest neighbors among raw embeddings";
  info.answers = data::AnswerKind::kEmbedding;
  info.recipes = {softnn_recipe()};
  info.loss_options = {temperature_option(field(&TemperatureSettings::temperature))};
  info.make = make<AtTemperature<soft_nn>>;
  return info;
}

}  // namespace cs::methods
