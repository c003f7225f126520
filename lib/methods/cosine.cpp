/// cosine: mse's attack on directions alone, blind to magnitude.

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

class Cosine : public Imitation {
 public:
  using Imitation::Imitation;

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return cosine(outputs, targets.answers);
  }
};

}  // namespace

MethodInfo cosine_method() {
  MethodInfo info;
  info.name = "cosine";
  info.summary = "one minus the cosine to the victim's embedding";
  info.answers = data::AnswerKind::kEmbedding;
  info.recipes = {released_recipe()};
  info.make = make<Cosine>;
  return info;
}

}  // namespace cs::methods
