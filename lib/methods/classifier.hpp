/// An encoder and a linear classifier on its embedding, trained together.
#pragma once

#include <torch/nn/modules/linear.h>

#include <optional>

#include "methods/method.hpp"

namespace cs::methods {

class Classifier : public Method {
 public:
  Classifier(const nn::Encoder& encoder, const MethodSetup& setup);
  at::Tensor forward(const at::Tensor& images) override;  ///< to logits [batch, classes]
  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override;
  std::optional<nn::Head> head() const override;

 protected:
  /// The loss of logits in f32.
  virtual at::Tensor compare(const at::Tensor& logits, const Targets& targets) const = 0;

 private:
  torch::nn::Linear fc_;
};

}  // namespace cs::methods
