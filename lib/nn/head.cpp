#include "nn/head.hpp"

#include <ATen/ATen.h>

namespace cs::nn {

at::Tensor logits(const Head& head, const at::Tensor& embeddings) {
  return at::linear(embeddings, head.weight, head.bias);
}

}  // namespace cs::nn
