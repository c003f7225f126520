/// What BYOL and SimSiam have in common: a predictor behind the projector, and the loss of its
/// predictions.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include "methods/layers.hpp"
#include "methods/option.hpp"

namespace cs::methods {

/// Hidden layers of these widths, with batch norm, and one back to `width`, that of projections.
torch::nn::Sequential make_predictor(std::int64_t width, const Widths& hidden, std::uint64_t seed);

/// Minus the mean cosine of predictions with the projections of the other views. `outputs` [4N, D]
/// holds the predictions from all first views, from all second ones, and likewise the projections.
at::Tensor prediction_loss(const at::Tensor& outputs);

/// `predictor`, the widths of its hidden layers.
RecipeOption predictor_option(const Field<Widths>& widths);

}  // namespace cs::methods
