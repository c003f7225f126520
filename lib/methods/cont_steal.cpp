/// cont-steal: Cont-Steal as its paper describes it (Sha et al., CVPR 2023), on a fresh view of
/// each image that the victim answered.

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

struct ContStealSettings {
  double temperature = 0.5;
  ContStealTerms terms;
};

class ContSteal : public Imitation {
 public:
  ContSteal(const nn::Encoder& encoder, const MethodSetup& setup)
      : Imitation(encoder, setup), settings_(setup.recipe.settings<ContStealSettings>()) {}

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return cont_steal(outputs, targets.answers, settings_.temperature, settings_.terms);
  }

 private:
  ContStealSettings settings_;
};

Recipe cont_steal_recipe() {
  // In batches of 256, not the 32 of the released code: a contrastive loss learns from negatives.
  Recipe r = attack_recipe(3e-4, 0);
  r.policy = "cont-steal";
  r.surrogate_view = data::SurrogateView::kFresh;
  r.own = ContStealSettings{};
  return r;
}

Field<bool> term(bool ContStealTerms::*member) {
  return [terms = field(&ContStealSettings::terms), member](Recipe& recipe) -> bool& {
    return terms(recipe).*member;
  };
}

}  // namespace

MethodInfo cont_steal_method() {
  MethodInfo info;
  info.name = "cont-steal";
  info.summary = "Cont-Steal, contrastive loss of the paper";
  info.answers = data::AnswerKind::kEmbedding;
  info.recipes = {cont_steal_recipe()};
  info.loss_options = {
      temperature_option(field(&ContStealSettings::temperature)),
      flag_option("no-self-negatives", "Do not use the surrogate's other embeddings as negatives.",
                  term(&ContStealTerms::self_negatives), /*on=*/false),
      flag_option("positive-in-denominator", "Count the positive pair in the denominator too.",
                  term(&ContStealTerms::positive_in_denominator)),
      flag_option("symmetric",
                  "Take the victim's embeddings as anchors too, and the mean "
                  "of both losses.",
                  term(&ContStealTerms::symmetric)),
  };
  info.make = make<ContSteal>;
  return info;
}

}  // namespace cs::methods
