#include "victim/victim.hpp"

#include <ATen/ATen.h>
#include <torch/script.h>

#include <sstream>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/hash.hpp"
#include "core/parse.hpp"
#include "data/tensors.hpp"

namespace cs::victim {
namespace {

std::string describe(const nn::InputConfig& input) {
  std::string text = std::to_string(input.size);
  for (const double m : input.mean) text += ' ' + to_text(m);
  for (const double s : input.std) text += ' ' + to_text(s);
  return text;
}

/// The input of a victim that does not state its own.
nn::InputConfig input_of(const VictimOptions& options) {
  nn::InputConfig input;
  input.size = options.input_size.value_or(options.image_size);
  input.mean = options.mean.value_or(input.mean);
  input.std = options.std.value_or(input.std);
  return input;
}

/// The pixels themselves: what a probe reaches without any encoder.
class Pixels : public Victim {
 public:
  explicit Pixels(const VictimOptions& options)
      : Victim("pixels", "pixels", input_of(options), options) {}

  Json about() const override { return {{"id", id()}, {"kind", "pixels"}}; }

 private:
  at::Tensor forward(const at::Tensor& pixels) const override {
    return nn::normalize(pixels, input_, device_).permute({0, 2, 3, 1}).flatten(1);
  }
};

/// An encoder of this project.
class Native : public Victim {
 public:
  Native(const std::string& path, nn::EncoderFile file, const VictimOptions& options)
      : Victim(path, file.digest.hex(), file.encoder->config().input, options),
        encoder_(std::move(file.encoder)),
        about_(std::move(file.about)) {
    if (options.input_size || options.mean || options.std)
      throw UsageError(path, "states its own input; leave out --input-size, --mean and --std");
    encoder_->to(options.device);
    encoder_->eval();
  }

  Json about() const override {
    return {{"id", id()},
            {"kind", "encoder"},
            {"arch", about_.at("arch")},
            {"method", about_.value("method", Json::object())}};
  }

 private:
  at::Tensor forward(const at::Tensor& pixels) const override {
    // forward() of a module in evaluation mode changes nothing; LibTorch has no const for it.
    return const_cast<nn::Encoder&>(encoder_)->forward(nn::normalize(pixels, input_, device_));
  }
  nn::Encoder encoder_;
  Json about_;
};

/// Somebody's TorchScript.
class Script : public Victim {
 public:
  Script(const std::string& path, const std::string& bytes, const VictimOptions& options)
      : Victim(path, digest(bytes).hex(), input_of(options), options) {
    // Without the profiling executor a module is the same function at its first and third call.
    torch::jit::setGraphExecutorOptimize(false);
    try {
      std::istringstream in(bytes);
      module_ = torch::jit::load(in, options.device);
      module_.eval();
    } catch (const c10::Error& e) {
      throw DataError(path, "is not TorchScript that this LibTorch loads: " +
                                std::string(e.what_without_backtrace()).substr(0, 200));
    }
  }

  Json about() const override { return {{"id", id()}, {"kind", "torchscript"}}; }

 private:
  at::Tensor forward(const at::Tensor& pixels) const override {
    torch::jit::Module module = module_;  // shares the weights
    try {
      const at::Tensor input = nn::normalize(pixels, input_, device_);
      // Kernels chosen for channels-last differ in the last bits from those Python users get.
      const at::Tensor answers = module.forward({input.contiguous()}).toTensor();
      return answers.dim() == 1 ? answers.unsqueeze(1) : answers.flatten(1);
    } catch (const c10::Error& e) {
      const std::string text = e.what_without_backtrace();
      throw fault(text.substr(0, text.find('\n')));
    } catch (const std::exception& e) {
      throw fault(last_line(e.what()));
    }
  }
  DataError fault(const std::string& problem) const {
    return {name_, "does not answer images of " + std::to_string(input_.size) +
                       " pixels with one tensor; try --input-size: " + printable(problem)};
  }
  /// Where the interpreter's messages say what went wrong.
  static std::string last_line(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.substr(text.rfind('\n') + 1);
  }
  torch::jit::Module module_;
};

bool is_zip(const std::string& bytes) { return bytes.compare(0, 4, "PK\x03\x04") == 0; }

}  // namespace

Victim::Victim(std::string name, const std::string& file_digest, nn::InputConfig input,
               const VictimOptions& options)
    : name_(std::move(name)),
      input_(input),
      device_(options.device),
      precision_(options.precision),
      id_(digest(file_digest + ' ' + describe(input) + ' ' + nn::to_string(precision_)).hex()) {}

at::Tensor Victim::answer(const at::Tensor& pixels) const {
  const c10::InferenceMode inference;
  at::Tensor vectors;
  {
    const nn::Autocast autocast(device_, precision_);
    vectors =
        forward(data::resize_images(pixels, input_.size)).to(at::kFloat).to(at::kCPU).contiguous();
  }
  if (vectors.dim() != 2 || vectors.size(0) != pixels.size(0) || vectors.size(1) == 0)
    throw DataError(name_, "does not answer with one vector an image");
  if (!at::isfinite(vectors).all().item<bool>())
    throw DataError(name_, "answers with numbers that are not finite");
  return vectors;
}

std::unique_ptr<Victim> open_victim(const std::string& name, const VictimOptions& options) {
  if (name == "pixels") return std::make_unique<Pixels>(options);
  const std::string bytes = read_file(name);
  if (!is_zip(bytes)) return std::make_unique<Native>(name, nn::load_encoder(name), options);
  if (options.allow_code == AllowCode::kNo)
    throw UsageError(name, "is TorchScript, which is code; pass --allow-code if you trust it");
  return std::make_unique<Script>(name, bytes, options);
}

}  // namespace cs::victim
