#include "methods/two_views.hpp"

#include <ATen/ATen.h>

namespace cs::methods {

TwoViews::TwoViews(const nn::Encoder& encoder, const Widths& projector, Norm norm,
                   std::uint64_t seed)
    : Method(encoder),
      projector_(register_module(
          "projector", mlp(encoder->config().width, projector, norm, seed + kHeadStream))) {}

at::Tensor TwoViews::project(const at::Tensor& images) {
  std::vector<at::Tensor> rows;
  for (const at::Tensor& embedding : embed_views(images, 2))
    rows.push_back(projector_->forward(embedding));
  return at::cat(rows);
}

at::Tensor exchanged(const at::Tensor& rows) {
  const auto views = rows.chunk(2);
  return at::cat({views[1], views[0]});
}

RecipeOption projector_option(const Field<Widths>& widths) {
  return widths_option("projector", "N,N", "Widths of the projector's layers.", widths);
}

}  // namespace cs::methods
