#include "nn/init.hpp"

#include <ATen/ATen.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "nn/batch_norm.hpp"

namespace cs::nn {
namespace {

void fill(const at::Tensor& parameter, const std::function<double()>& draw) {
  std::vector<float> values(static_cast<std::size_t>(parameter.numel()));
  for (float& value : values) value = static_cast<float>(draw());
  at::Tensor(parameter).copy_(at::from_blob(values.data(), parameter.sizes(), at::kFloat));
}

void fill_uniform(const at::Tensor& parameter, std::int64_t fan_in, Random random) {
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  fill(parameter, [&] { return random.uniform(-bound, bound); });
}

void initialize_conv(const torch::nn::Conv2dImpl& conv, const at::Tensor& parameter,
                     Random random) {
  const at::Tensor& weight = conv.weight;
  const std::int64_t area = weight.size(2) * weight.size(3);
  if (parameter.is_same(conv.bias)) return fill_uniform(parameter, weight.size(1) * area, random);
  const double deviation = std::sqrt(2 / static_cast<double>(weight.size(0) * area));
  fill(parameter, [&] { return deviation * random.normal(); });
}

template <typename BatchNorm>
bool initialize_norm(torch::nn::Module& layer, at::Tensor& parameter) {
  auto* const norm = layer.as<BatchNorm>();
  if (norm == nullptr) return false;
  parameter.fill_(parameter.is_same(norm->weight) ? 1 : 0);
  norm->reset_running_stats();
  return true;
}

void initialize_parameter(torch::nn::Module& layer, const std::string& name, at::Tensor& parameter,
                          Random random) {
  if (const auto* conv = layer.as<torch::nn::Conv2d>())
    initialize_conv(*conv, parameter, random);
  else if (const auto* linear = layer.as<torch::nn::Linear>())
    fill_uniform(parameter, linear->weight.size(1), random);
  else if (!initialize_norm<BatchNorm2d>(layer, parameter) &&
           !initialize_norm<torch::nn::BatchNorm1d>(layer, parameter))
    throw Error(layer.name(), "has a parameter '" + name + "' without a rule for initial values");
}

}  // namespace

void initialize(torch::nn::Module& module, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  std::uint64_t index = 0;  // in the order of named_parameters()
  module.apply([&](torch::nn::Module& layer) {
    for (auto& item : layer.named_parameters(/*recurse=*/false))
      initialize_parameter(layer, item.key(), item.value(), Random(seed, Purpose::kInit, index++));
  });
}

}  // namespace cs::nn
