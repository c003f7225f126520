#include "nn/encoder.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "nn/architectures.hpp"
#include "nn/batch_norm.hpp"
#include "nn/state.hpp"

namespace cs::nn {
namespace {

using Names = std::vector<std::string>;

/// Where `word` is among `words`; throws UsageError if it is none.
std::size_t find_freeze(const std::string& word, const Names& words) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  throw UsageError("`freeze`", "'" + printable(word) + "' is none of " + join(words, "|"));
}

/// The words for an encoder of these stages.
Names freeze_words(const Names& stages) {
  Names words{"none"};
  words.insert(words.end(), stages.begin(), stages.end());
  words.emplace_back("encoder");
  return words;
}

/// The words for an encoder of one architecture or another.
Names all_freeze_words() {
  Names stages;
  for (const Architecture& arch : architectures())
    for (const std::string& stage : arch.stages)
      if (std::find(stages.begin(), stages.end(), stage) == stages.end()) stages.push_back(stage);
  return freeze_words(stages);
}

}  // namespace

at::Tensor EncoderImpl::forward(const at::Tensor& images) {
  const at::Tensor x = features(images);
  return fc_.is_empty() ? x : fc_(x).to(at::kFloat);
}

void EncoderImpl::freeze(const std::string& last) {
  const Names words = freeze_words(find_architecture(config_.arch).stages);
  const std::size_t count = find_freeze(last, words);
  if (count + 1 == words.size()) {
    frozen_ = children();
  } else {
    frozen_.clear();
    const std::vector<Modules> groups = stages();
    for (std::size_t i = 0; i < count; ++i)
      frozen_.insert(frozen_.end(), groups.at(i).begin(), groups.at(i).end());
  }
  for (const auto& module : frozen_)
    for (at::Tensor& weight : module->parameters()) weight.set_requires_grad(false);
}

void EncoderImpl::train(bool on) {
  torch::nn::Module::train(on);
  for (const auto& module : frozen_) module->train(false);
}

void EncoderImpl::split_batch_norm(std::int64_t parts) {
  for (const auto& module : modules())
    if (auto* const norm = module->as<BatchNorm2d>()) norm->split(parts);
}

Encoder make_encoder(EncoderConfig config) {
  const Architecture& arch = find_architecture(config.arch);
  const std::int64_t padded = config.input.size + 2 * std::int64_t{config.stem.padding};
  if (config.input.size > 0 && padded < config.stem.kernel)
    throw UsageError("`stem`", "does not fit images of " + std::to_string(config.input.size) +
                                   " pixels: its kernel is " + std::to_string(config.stem.kernel) +
                                   " wide; choose a smaller one, or larger images");
  if (config.width == 0) config.width = arch.features;
  config.linear = config.linear || config.width != arch.features;
  Encoder encoder = arch.make(config);
  if (config.linear)
    encoder->fc_ = encoder->register_module("fc", torch::nn::Linear(arch.features, config.width));
  for (at::Tensor& weight : encoder->parameters())
    if (weight.dim() == 4) weight.set_data(weight.contiguous(at::MemoryFormat::ChannelsLast));
  return encoder;
}

Names arch_names() {
  Names names;
  for (const Architecture& arch : architectures()) names.push_back(arch.name);
  return names;
}

std::string freeze_choices() { return join(all_freeze_words(), "|"); }

const std::string& parse_freeze(const std::string& word) {
  find_freeze(word, all_freeze_words());
  return word;
}

void copy_state(const Encoder& from, const Encoder& to) {
  const at::NoGradGuard no_grad;
  const State source = state_of(*from);
  State target = state_of(*to);
  for (std::size_t i = 0; i < target.size(); ++i) target[i].second.copy_(source.at(i).second);
}

Encoder with_linear(const Encoder& encoder, const at::Tensor& weight, const at::Tensor& bias) {
  const at::NoGradGuard no_grad;
  const auto on_cpu = [](const at::Tensor& tensor) { return tensor.detach().to(at::kCPU); };
  at::Tensor folded_weight = on_cpu(weight);
  at::Tensor folded_bias = on_cpu(bias);
  if (const torch::nn::Linear& fc = encoder->fc(); !fc.is_empty()) {
    folded_bias = folded_bias + folded_weight.mv(on_cpu(fc->bias));
    folded_weight = folded_weight.mm(on_cpu(fc->weight));
  }
  EncoderConfig config = encoder->config();
  config.width = folded_weight.size(0);
  config.linear = true;
  Encoder result = make_encoder(config);
  const std::size_t own = result->fc()->parameters().size();  // the last tensors
  const State source = state_of(*encoder);
  State target = state_of(*result);
  for (std::size_t i = 0; i + own < target.size(); ++i) target[i].second.copy_(source.at(i).second);
  result->fc()->weight.copy_(folded_weight);
  result->fc()->bias.copy_(folded_bias);
  return result;
}

}  // namespace cs::nn
