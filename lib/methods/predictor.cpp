#include "methods/predictor.hpp"

#include <ATen/ATen.h>

#include "methods/losses.hpp"
#include "methods/two_views.hpp"

namespace cs::methods {

torch::nn::Sequential make_predictor(std::int64_t width, const Widths& hidden, std::uint64_t seed) {
  Widths widths = hidden;
  widths.push_back(width);
  return mlp(width, widths, Norm::kHidden, seed + 2 * kHeadStream);
}

at::Tensor prediction_loss(const at::Tensor& outputs) {
  const auto halves = outputs.chunk(2);
  return cosine(halves[0], exchanged(halves[1])) - 1;
}

RecipeOption predictor_option(const Field<Widths>& widths) {
  return widths_option("predictor", "N", "Widths of the predictor's hidden layers.", widths);
}

}  // namespace cs::methods
