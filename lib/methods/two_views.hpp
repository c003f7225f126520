/// What pre-training methods on two fresh views of each image have in common: a projector behind
/// the encoder.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include "methods/layers.hpp"
#include "methods/method.hpp"
#include "methods/option.hpp"

namespace cs::methods {

class TwoViews : public Method {
 protected:
  TwoViews(const nn::Encoder& encoder, const Widths& projector, Norm norm, std::uint64_t seed);

  /// The projections of all first views, then of all second ones; each view is a batch of its own
  /// to batch norm.
  at::Tensor project(const at::Tensor& images);

  torch::nn::Sequential projector_;
};

/// The rows of each view in the place of the other's.
at::Tensor exchanged(const at::Tensor& rows);

/// `projector`, the widths of its layers.
RecipeOption projector_option(const Field<Widths>& widths);

}  // namespace cs::methods
