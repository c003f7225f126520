/// mse: the conventional attack on embeddings, mean squared error.

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

class Mse : public Imitation {
 public:
  using Imitation::Imitation;

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return mse(outputs, targets.answers);
  }
};

}  // namespace

MethodInfo mse_method() {
  MethodInfo info;
  info.name = "mse";
  info.summary = "mean squared distance to the victim's embedding";
  info.answers = data::AnswerKind::kEmbedding;
  info.recipes = {released_recipe()};
  info.make = make<Mse>;
  return info;
}

}  // namespace cs::methods
