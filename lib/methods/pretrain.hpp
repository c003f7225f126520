/// The methods that train an encoder on images, and what they are made of.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "methods/method.hpp"

namespace cs::methods {

/// Whether a layer of mlp() is followed by batch norm.
enum class Norm {
  kNever,
  kHidden,  ///< after all layers but the last
  kAlways,
  kUnweighted,  ///< after all layers, but without weights after the last
};

/// Linear layers of these widths on inputs of width `in`, ReLU between them.
torch::nn::Sequential mlp(std::int64_t in, const std::vector<std::int64_t>& widths, Norm norm);

/// Cross-entropy of a linear classifier with ground truth.
std::shared_ptr<Method> make_supervised(const nn::Encoder& encoder, const MethodSettings& settings);

/// SimCLR (Chen et al., ICML 2020): nt_xent() between two projected views.
std::shared_ptr<Method> make_simclr(const nn::Encoder& encoder, const MethodSettings& settings);

/// MoCo v2 (Chen et al., arXiv 2003.04297) with the loss in both directions: queue_contrast()
/// between the projection of one view and that of the other by weights that follow slowly. Keys of
/// both views enter the queue after the step. Batch norm sees the batch in `bn_splits` groups, and
/// keys in other groups than queries: they would tell each other apart by their statistics.
std::shared_ptr<Method> make_moco(const nn::Encoder& encoder, const MethodSettings& settings);

/// BYOL (Grill et al., NeurIPS 2020): minus the cosine between a prediction from one view and the
/// projection of the other by weights that follow slowly; mean of both directions.
std::shared_ptr<Method> make_byol(const nn::Encoder& encoder, const MethodSettings& settings);

/// SimSiam (Chen and He, CVPR 2021): the same with the weights themselves, and no gradient through
/// the projection.
std::shared_ptr<Method> make_simsiam(const nn::Encoder& encoder, const MethodSettings& settings);

/// An encoder and a linear classifier on its embedding, trained together; `compare` is the loss of
/// its logits.
using CompareLogits = at::Tensor (*)(const at::Tensor& logits, const Targets& targets,
                                     const MethodSettings& settings);
std::shared_ptr<Method> make_classifier(const nn::Encoder& encoder, const MethodSettings& settings,
                                        CompareLogits compare);

}  // namespace cs::methods
