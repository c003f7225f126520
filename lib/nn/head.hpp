/// Heads: linear classifiers on an encoder's embeddings.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace cs::nn {

/// Row i of `weight` is the class classes[i].
struct Head {
  at::Tensor weight;                 ///< f32 [classes, width]
  at::Tensor bias;                   ///< f32 [classes]
  std::vector<std::string> classes;  ///< names
};

/// weight x + bias of every row of `embeddings` f32 [N, width]: logits f32 [N, classes].
at::Tensor logits(const Head& head, const at::Tensor& embeddings);

}  // namespace cs::nn
