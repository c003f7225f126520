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

}  // namespace cs::methods
