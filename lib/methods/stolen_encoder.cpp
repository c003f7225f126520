/// stolen-encoder: StolenEncoder (Liu et al., CCS 2022; liu00222/StolenEncoder), unit_distance() of
/// the plain image plus lambda / k times that of its k fresh views.

#include <ATen/ATen.h>

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

struct StolenEncoderSettings {
  double view_weight = 20;  ///< lambda
};

class StolenEncoder : public Imitation {
 public:
  StolenEncoder(const nn::Encoder& encoder, const MethodSetup& setup)
      : Imitation(encoder, setup, 1 + setup.recipe.views),
        views_(setup.recipe.views),
        view_weight_(setup.recipe.settings<StolenEncoderSettings>().view_weight) {}

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    const at::Tensor& t = targets.answers;
    const auto views = outputs.chunk(1 + views_);
    at::Tensor of_views = at::zeros({}, t.options());
    for (std::size_t i = 1; i < views.size(); ++i) of_views = of_views + unit_distance(views[i], t);
    const double weight = view_weight_ / static_cast<double>(views_);
    return unit_distance(views[0], t) + weight * of_views;
  }

 private:
  std::int64_t views_;
  double view_weight_;
};

Recipe stolen_encoder_recipe() {
  Recipe r;
  r.lr = 1e-3;
  r.weight_decay = 5e-4;
  r.batch = 64;
  r.policy = "stolen-encoder";
  r.own = StolenEncoderSettings{20};
  return r;
}

}  // namespace

MethodInfo stolen_encoder_method() {
  MethodInfo info;
  info.name = "stolen-encoder";
  info.summary = "StolenEncoder, distance of an image and its views";
  info.answers = data::AnswerKind::kEmbedding;
  info.views = Views::kPlainAndFresh;
  info.recipes = {stolen_encoder_recipe()};
  info.loss_options = {number_option("view-weight", "Weight of the views beside the plain image.",
                                     field(&StolenEncoderSettings::view_weight), 0, 1e6)};
  info.make = make<StolenEncoder>;
  return info;
}

}  // namespace cs::methods
