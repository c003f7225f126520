#include "methods/imitation.hpp"

#include <ATen/ATen.h>

#include "methods/layers.hpp"
#include "nn/init.hpp"

namespace cs::methods {

Imitation::Imitation(const nn::Encoder& encoder, const MethodSetup& setup, std::int64_t parts)
    : Method(encoder), keep_adapter_(setup.recipe.keep_adapter), parts_(parts) {
  if (setup.recipe.adapter == Adapter::kNone) return;
  const auto width = encoder->config().width;
  adapter_ = register_module("adapter", torch::nn::Linear(width, setup.answer_width));
  nn::initialize(*adapter_, setup.seed + kHeadStream);
}

at::Tensor Imitation::forward(const at::Tensor& images) {
  const at::Tensor rows = at::cat(embed_views(images, parts_));
  return adapter_.is_empty() ? rows : adapter_->forward(rows);
}

nn::Encoder Imitation::result() const {
  if (!keep_adapter_) return encoder();
  return nn::with_linear(encoder(), adapter_->weight, adapter_->bias);
}

}  // namespace cs::methods
