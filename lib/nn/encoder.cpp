#include "nn/encoder.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "core/error.hpp"
#include "core/random.hpp"
#include "nn/resnet.hpp"
#include "nn/state.hpp"
#include "nn/weights_file.hpp"

namespace cs::nn {
namespace {

constexpr int kFormat = 1;

const ResNet& find_arch(const std::string& name) {
  std::string known;
  for (const ResNet& arch : resnets()) {
    if (arch.name == name) return arch;
    known += (known.empty() ? "" : ", ") + arch.name;
  }
  throw UsageError(name, "no such architecture; there are " + known);
}

}  // namespace

Stem parse_stem(const std::string& name) {
  if (name == "cifar") return {3, 1, 1, false};
  if (name == "imagenet") return {7, 2, 3, true};
  throw UsageError(name, "no such stem; there are cifar, imagenet");
}

at::Tensor normalize(const at::Tensor& pixels, const InputConfig& input, c10::Device device) {
  if (pixels.dim() != 4 || pixels.size(3) != 3 || pixels.scalar_type() != at::kByte)
    throw Error("pixels", "not 8-bit RGB images of shape N x height x width x 3");
  // Page-locked: copies from pageable memory may wait for all that a GPU has still to do. Memory of
  // this kind goes back to LibTorch's pool only when the copy is done.
  at::Tensor constants =
      at::empty({2, 3}, at::TensorOptions(at::kFloat).pinned_memory(device.is_cuda()));
  auto* const scale = constants.data_ptr<float>();
  auto* const shift = scale + 3;
  for (std::size_t c = 0; c < 3; ++c) {
    scale[c] = static_cast<float>(1 / (255 * input.std.at(c)));
    shift[c] = static_cast<float>(-input.mean.at(c) / input.std.at(c));
  }
  constants = constants.to(device, at::kFloat, /*non_blocking=*/true);
  return pixels.to(device, at::kByte, /*non_blocking=*/true)
      .to(at::kFloat)
      .mul_(constants[0])
      .add_(constants[1])
      .permute({0, 3, 1, 2});
}

std::int64_t feature_width(const std::string& arch) { return find_arch(arch).features(); }

const std::vector<std::string>& arch_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const ResNet& arch : resnets()) result.push_back(arch.name);
    return result;
  }();
  return names;
}

EncoderImpl::EncoderImpl(EncoderConfig config) : config_(std::move(config)) {
  const ResNet& arch = find_arch(config_.arch);
  if (config_.width == 0) config_.width = arch.features();
  const Stem& stem = config_.stem;
  conv1_ =
      register_module("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, arch.base, stem.kernel)
                                                     .stride(stem.stride)
                                                     .padding(stem.padding)
                                                     .bias(false)));
  bn1_ = register_module("bn1", BatchNorm2d(arch.base));
  for (std::size_t i = 0; i < layers_.size(); ++i)
    layers_.at(i) = register_module("layer" + std::to_string(i + 1), make_stage(arch, i));
  config_.linear = config_.linear || config_.width != arch.features();
  if (config_.linear)
    fc_ = register_module("fc", torch::nn::Linear(arch.features(), config_.width));
  for (at::Tensor& weight : parameters())
    if (weight.dim() == 4) weight.set_data(weight.contiguous(at::MemoryFormat::ChannelsLast));
}

at::Tensor EncoderImpl::forward(const at::Tensor& input) {
  at::Tensor x = bn1_(conv1_(input)).relu_();
  if (config_.stem.pool) x = at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
  for (torch::nn::Sequential& layer : layers_) x = layer->forward(x);
  x = x.to(at::kFloat).mean(at::IntArrayRef{2, 3});
  return fc_.is_empty() ? x : fc_(x).to(at::kFloat);
}

void EncoderImpl::split_batch_norm(std::int64_t parts) {
  for (const auto& module : modules())
    if (auto* const norm = module->as<BatchNorm2d>()) norm->split(parts);
}

namespace {

/// In the order of the layers.
constexpr std::array<const char*, 6> kFreezeWords = {"none",   "stem",   "layer1",
                                                     "layer2", "layer3", "encoder"};

}  // namespace

const std::string& parse_freeze(const std::string& word) {
  std::string words;
  for (const char* each : kFreezeWords) {
    if (word == each) return word;
    words += (words.empty() ? "" : "|") + std::string(each);
  }
  throw UsageError("`freeze`", "'" + printable(word) + "' is none of " + words);
}

void EncoderImpl::freeze(const std::string& last) {
  const auto end = std::find(kFreezeWords.begin(), kFreezeWords.end(), parse_freeze(last));
  std::vector<std::vector<std::shared_ptr<torch::nn::Module>>> groups{{conv1_.ptr(), bn1_.ptr()}};
  for (const torch::nn::Sequential& layer : layers_) groups.push_back({layer.ptr()});
  if (!fc_.is_empty()) groups.back().push_back(fc_.ptr());
  frozen_.clear();
  for (std::ptrdiff_t i = 0; i < end - kFreezeWords.begin(); ++i)
    for (const auto& module : groups.at(static_cast<std::size_t>(i))) frozen_.push_back(module);
  for (const auto& module : frozen_)
    for (at::Tensor& weight : module->parameters()) weight.set_requires_grad(false);
}

void EncoderImpl::train(bool on) {
  torch::nn::Module::train(on);
  for (const auto& module : frozen_) module->train(false);
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
  Encoder result(config);
  const State source = state_of(*encoder);
  for (auto& [name, target] : state_of(*result)) {
    if (name == "fc.weight" || name == "fc.bias")
      target.copy_(name == "fc.bias" ? folded_bias : folded_weight);
    else
      for (const auto& item : source)
        if (item.first == name) target.copy_(item.second);
  }
  return result;
}

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

void initialize_conv(const torch::nn::Conv2dImpl& conv, const std::string& name,
                     const at::Tensor& parameter, Random random) {
  const at::Tensor& weight = conv.weight;
  const std::int64_t area = weight.size(2) * weight.size(3);
  if (name == "bias") return fill_uniform(parameter, weight.size(1) * area, random);
  const double deviation = std::sqrt(2 / static_cast<double>(weight.size(0) * area));
  fill(parameter, [&] { return deviation * random.normal(); });
}

template <typename BatchNorm>
bool initialize_norm(torch::nn::Module& layer, const std::string& name, at::Tensor& parameter) {
  auto* const norm = layer.as<BatchNorm>();
  if (norm == nullptr) return false;
  parameter.fill_(name == "weight" ? 1 : 0);
  norm->reset_running_stats();
  return true;
}

void initialize_parameter(torch::nn::Module& layer, const std::string& name, at::Tensor& parameter,
                          Random random) {
  if (const auto* conv = layer.as<torch::nn::Conv2d>())
    initialize_conv(*conv, name, parameter, random);
  else if (const auto* linear = layer.as<torch::nn::Linear>())
    fill_uniform(parameter, linear->weight.size(1), random);
  else if (!initialize_norm<BatchNorm2d>(layer, name, parameter) &&
           !initialize_norm<torch::nn::BatchNorm1d>(layer, name, parameter))
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

namespace {

Json to_json(const EncoderConfig& config) {
  Json json;
  json["format"] = kFormat;
  json["arch"] = config.arch;
  json["stem"] = {{"kernel", config.stem.kernel},
                  {"stride", config.stem.stride},
                  {"padding", config.stem.padding},
                  {"pool", config.stem.pool}};
  json["embedding"] = {{"layer", config.linear ? "fc" : "avgpool"}, {"width", config.width}};
  json["input"] = {
      {"size", config.input.size}, {"mean", config.input.mean}, {"std", config.input.std}};
  return json;
}

/// The members of one object of a file's metadata; everything asked for must be there.
class Fields {
 public:
  Fields(std::string_view subject, const Json& object, std::string path)
      : subject_(subject), object_(object), path_(std::move(path)) {
    if (!object.is_object()) refuse("", "an object");
  }

  Fields object(const std::string& key) const { return {subject_, at(key), path_ + "." + key}; }

  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high) const {
    const Json& value = at(key);
    if (!value.is_number_integer() || value < low || value > high)
      refuse(key, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return value.get<std::int64_t>();
  }

  bool boolean(const std::string& key) const {
    if (!at(key).is_boolean()) refuse(key, "true or false");
    return at(key).get<bool>();
  }

  std::string word(const std::string& key, const std::vector<std::string>& words) const {
    const Json& value = at(key);
    if (!value.is_string() || std::find(words.begin(), words.end(), value) == words.end())
      refuse(key, "one of the words known here");
    return value.get<std::string>();
  }

  std::array<double, 3> colors(const std::string& key, double low, double high) const {
    const Json& value = at(key);
    const auto good = [&](const Json& x) { return x.is_number() && x >= low && x <= high; };
    if (!value.is_array() || value.size() != 3 || !std::all_of(value.begin(), value.end(), good))
      refuse(key, "three numbers from " + Json(low).dump() + " to " + Json(high).dump());
    return value.get<std::array<double, 3>>();
  }

 private:
  const Json& at(const std::string& key) const {
    if (!object_.contains(key))
      throw DataError(subject_,
                      "its metadata lack '" + path_ + "." + key + "'; nothing is guessed");
    return object_[key];
  }

  [[noreturn]] void refuse(const std::string& key, const std::string& wanted) const {
    const std::string path = key.empty() ? path_ : path_ + "." + key;
    throw DataError(subject_, "its metadata's '" + path + "' is not " + wanted);
  }

  std::string_view subject_;
  const Json& object_;
  std::string path_;
};

Stem read_stem(const Fields& fields) {
  return {static_cast<int>(fields.integer("kernel", 1, 15)),
          static_cast<int>(fields.integer("stride", 1, 15)),
          static_cast<int>(fields.integer("padding", 0, 15)), fields.boolean("pool")};
}

EncoderConfig read_config(std::string_view subject, const Json& about) {
  constexpr std::int64_t kMostWidth = 1 << 20;
  constexpr std::int64_t kMostSize = 1 << 14;
  const Fields fields(subject, about, "cs");
  fields.integer("format", kFormat, kFormat);
  EncoderConfig config;
  config.arch = fields.word("arch", arch_names());
  config.stem = read_stem(fields.object("stem"));
  const Fields embedding = fields.object("embedding");
  config.width = embedding.integer("width", 1, kMostWidth);
  config.linear = embedding.word("layer", {"avgpool", "fc"}) == "fc";
  if (!config.linear && config.width != feature_width(config.arch))
    throw DataError(subject, "its metadata's embedding layer and width disagree");
  const Fields input = fields.object("input");
  config.input.size = input.integer("size", 1, kMostSize);
  config.input.mean = input.colors("mean", -1000, 1000);
  config.input.std = input.colors("std", 1e-6, 1000);
  return config;
}

}  // namespace

Digest save_encoder(const std::filesystem::path& path, const Encoder& encoder, const Json& about,
                    Overwrite overwrite) {
  Json all = to_json(encoder->config());
  for (const auto& [key, value] : about.items())
    if (!all.contains(key)) all[key] = value;
  return save_weights(path, state_of(*encoder), all, overwrite);
}

EncoderFile load_encoder(const std::filesystem::path& path) {
  const WeightsFile file = read_weights(path);
  EncoderFile result;
  result.about = file.about;
  result.digest = file.digest;
  result.encoder = Encoder(read_config(file.subject, file.about));
  copy_into(state_of(*result.encoder), file.file, file.subject);
  file.verify();
  result.encoder->eval();
  return result;
}

}  // namespace cs::nn
