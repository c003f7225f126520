#include "methods/layers.hpp"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include "nn/encoder.hpp"
#include "nn/init.hpp"

namespace cs::methods {

torch::nn::Sequential uninitialized_mlp(std::int64_t in, const Widths& widths, Norm norm) {
  torch::nn::Sequential layers;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const bool last = i + 1 == widths.size();
    layers->push_back(torch::nn::Linear(in, widths[i]));
    if (norm != Norm::kNone && !(norm == Norm::kHidden && last)) {
      const bool affine = !(norm == Norm::kAllButLastAffine && last);
      layers->push_back(
          torch::nn::BatchNorm1d(torch::nn::BatchNorm1dOptions(widths[i]).affine(affine)));
    }
    if (!last) layers->push_back(torch::nn::ReLU());
    in = widths[i];
  }
  return layers;
}

torch::nn::Sequential mlp(std::int64_t in, const Widths& widths, Norm norm, std::uint64_t seed) {
  torch::nn::Sequential layers = uninitialized_mlp(in, widths, norm);
  nn::initialize(*layers, seed);
  return layers;
}

}  // namespace cs::methods
