/// supervised: cross-entropy of a linear classifier on the embedding, with ground truth.

#include <ATen/ATen.h>

#include "methods/classifier.hpp"

namespace cs::methods {
namespace {

class Supervised : public Classifier {
 public:
  using Classifier::Classifier;

 protected:
  at::Tensor compare(const at::Tensor& logits, const Targets& targets) const override {
    return at::cross_entropy_loss(logits, targets.labels);
  }
};

/// Common practice for ResNet-18 on CIFAR-10.
Recipe supervised_recipe() {
  Recipe r;
  r.lr = 0.1;
  r.lr_batch = 128;
  r.weight_decay = 5e-4;
  r.batch = 128;
  r.schedule = Schedule::kCosine;
  r.policy = "crop-flip";
  return r;
}

}  // namespace

MethodInfo supervised_method() {
  MethodInfo info;
  info.name = "supervised";
  info.summary = "cross-entropy of a linear classifier with ground truth";
  info.needs_labels = true;
  info.recipes = {supervised_recipe()};
  info.make = make<Supervised>;
  return info;
}

}  // namespace cs::methods
