/// label: the attack on a service that returns labels, cross-entropy of a linear classifier on the
/// embedding with the victim's predictions.

#include <ATen/ATen.h>

#include "methods/classifier.hpp"

namespace cs::methods {
namespace {

class Label : public Classifier {
 public:
  using Classifier::Classifier;

 protected:
  at::Tensor compare(const at::Tensor& logits, const Targets& targets) const override {
    return at::cross_entropy_loss(logits, targets.answers);
  }
};

}  // namespace

MethodInfo label_method() {
  MethodInfo info;
  info.name = "label";
  info.summary = "cross-entropy of a classifier with the victim's labels";
  info.answers = data::AnswerKind::kPrediction;
  info.recipes = {released_recipe()};
  info.make = make<Label>;
  return info;
}

}  // namespace cs::methods
