/// A surrogate whose embeddings are compared with the victim's, through an adapter if the recipe
/// has one. An attack on embeddings adds its loss.
#pragma once

#include <torch/nn/modules/linear.h>

#include <cstdint>

#include "methods/method.hpp"

namespace cs::methods {

class Imitation : public Method {
 public:
  /// `parts`: how many batches the images of a step are to the encoder's batch norm.
  Imitation(const nn::Encoder& encoder, const MethodSetup& setup, std::int64_t parts = 1);
  at::Tensor forward(const at::Tensor& images) override;  ///< to [views * batch, answer width]
  nn::Encoder result() const override;

 private:
  bool keep_adapter_;
  std::int64_t parts_;
  mutable torch::nn::Linear adapter_{nullptr};  ///< empty without
};

struct TemperatureSettings {
  double temperature = 0.5;
};

/// An attack by a contrastive loss of the two sets of embeddings at a temperature, and no more. Its
/// settings are TemperatureSettings.
template <at::Tensor (*kLoss)(const at::Tensor&, const at::Tensor&, double)>
class AtTemperature : public Imitation {
 public:
  AtTemperature(const nn::Encoder& encoder, const MethodSetup& setup)
      : Imitation(encoder, setup),
        temperature_(setup.recipe.settings<TemperatureSettings>().temperature) {}

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return kLoss(outputs, targets.answers, temperature_);
  }

 private:
  double temperature_;
};

}  // namespace cs::methods
