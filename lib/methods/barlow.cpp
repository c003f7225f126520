/// barlow: Barlow Twins between two answered views, as in cleverhans-lab/ssl-attacks-defenses:
/// barlow() of both encoders' embeddings of one stored view with those of the other.

#include <ATen/ATen.h>

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

class Barlow : public Imitation {
 public:
  Barlow(const nn::Encoder& encoder, const MethodSetup& setup) : Imitation(encoder, setup, 2) {}

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    const auto surrogate = outputs.to(at::kFloat).chunk(2);
    const auto victim = targets.answers.chunk(2);
    return barlow(at::cat({surrogate[0], victim[0]}), at::cat({surrogate[1], victim[1]}));
  }
};

Recipe barlow_recipe() {
  Recipe r = attack_recipe(1e-3, 1e-4);
  r.surrogate_view = data::SurrogateView::kSame;
  return r;
}

}  // namespace

MethodInfo barlow_method() {
  MethodInfo info;
  info.name = "barlow";
  info.summary = "Barlow Twins between two answered views";
  info.answers = data::AnswerKind::kEmbedding;
  info.views = Views::kAnsweredPair;
  info.recipes = {barlow_recipe()};
  info.make = make<Barlow>;
  return info;
}

}  // namespace cs::methods
