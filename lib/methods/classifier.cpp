#include "methods/classifier.hpp"

#include <ATen/ATen.h>

#include "methods/layers.hpp"
#include "nn/init.hpp"

namespace cs::methods {

Classifier::Classifier(const nn::Encoder& encoder, const MethodSetup& setup)
    : Method(encoder),
      fc_(register_module("fc", torch::nn::Linear(encoder->config().width, setup.classes))) {
  nn::initialize(*fc_, setup.seed + kHeadStream);
}

at::Tensor Classifier::forward(const at::Tensor& images) { return fc_->forward(embed(images)); }

at::Tensor Classifier::loss(const at::Tensor& outputs, const Targets& targets) const {
  return compare(outputs.to(at::kFloat), targets);
}

std::optional<nn::Head> Classifier::head() const {
  return nn::Head{fc_->weight.detach().to(at::kCPU), fc_->bias.detach().to(at::kCPU), {}};
}

}  // namespace cs::methods
