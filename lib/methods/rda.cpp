/// rda: RDA (Wu et al., ECCV 2024; ShuchiWu/RDA), rda() of each fresh view with the prototypes;
/// mean over the views.

#include <ATen/ATen.h>

#include "methods/imitation.hpp"
#include "methods/losses.hpp"
#include "nn/rows.hpp"

namespace cs::methods {
namespace {

struct RdaSettings {
  double temperature = 0.07;
};

class Rda : public Imitation {
 public:
  Rda(const nn::Encoder& encoder, const MethodSetup& setup)
      : Imitation(encoder, setup),
        views_(setup.recipe.views),
        temperature_(setup.recipe.settings<RdaSettings>().temperature) {}

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    const at::Tensor& prototypes = targets.answers;
    at::Tensor sum = at::zeros({}, prototypes.options());
    for (const at::Tensor& view : outputs.chunk(views_))
      sum = sum + rda(view, prototypes, temperature_);
    return sum / views_;
  }

 private:
  std::int64_t views_;
  double temperature_;
};

/// The prototype of each record: the mean direction of all answers to it.
at::Tensor prototypes(const at::Tensor& answers) {
  return nn::unit_rows(answers.flatten(0, 1)).view_as(answers).mean(1);
}

Recipe rda_recipe() {
  Recipe r = attack_recipe(1e-3, 1e-4);
  r.batch = 100;
  r.policy = "rda";
  r.surrogate_view = data::SurrogateView::kFresh;
  r.views = 5;
  r.own = RdaSettings{0.07};
  return r;
}

}  // namespace

MethodInfo rda_method() {
  MethodInfo info;
  info.name = "rda";
  info.summary = "RDA, contrast and alignment with mean answers";
  info.answers = data::AnswerKind::kEmbedding;
  info.views = Views::kFresh;
  info.merge_answers = prototypes;
  info.recipes = {rda_recipe()};
  info.loss_options = {temperature_option(field(&RdaSettings::temperature))};
  info.make = make<Rda>;
  return info;
}

}  // namespace cs::methods
