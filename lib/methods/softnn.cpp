/// softnn: soft nearest neighbors among raw embeddings, as in cleverhans-lab/ssl-attacks-defenses.

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

struct SoftNnSettings {
  double temperature = 0.5;
};

class SoftNn : public Imitation {
 public:
  SoftNn(const nn::Encoder& encoder, const MethodSetup& setup)
      : Imitation(encoder, setup),
        temperature_(setup.recipe.settings<SoftNnSettings>().temperature) {}

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return soft_nn(outputs, targets.answers, temperature_);
  }

 private:
  double temperature_;
};

Recipe softnn_recipe() {
  Recipe r = attack_recipe(1e-3, 1e-4);
  r.own = SoftNnSettings{100};
  return r;
}

}  // namespace

MethodInfo softnn_method() {
  MethodInfo info;
  info.name = "softnn";
  info.summary = "soft nearest neighbors among raw embeddings";
  info.answers = data::AnswerKind::kEmbedding;
  info.recipes = {softnn_recipe()};
  info.loss_options = {temperature_option(field(&SoftNnSettings::temperature))};
  info.make = make<SoftNn>;
  return info;
}

}  // namespace cs::methods
