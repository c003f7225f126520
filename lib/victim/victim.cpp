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
#include "nn/pixels.hpp"

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
  if (input.size == 0)
    throw UsageError("`input-size`", "is missing; the images are of any size, the victim's of one");
  input.mean = options.mean.value_or(input.mean);
  input.std = options.std.value_or(input.std);
  return input;
}

/// The pixels themselves: what a probe reaches without any encoder.
class Pixels : public Victim {
 public:
  explicit Pixels(const VictimOptions& options)
      : Victim("pixels", "pixels", input_of(options), options) {}

 private:
  void describe(answers::VictimInfo& victim) const override { victim.kind = "pixels"; }
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
      throw UsageError(path, "states its own input; leave out `input-size`, `mean` and `std`");
    encoder_->to(options.device);
    encoder_->eval();
  }

 private:
  void describe(answers::VictimInfo& victim) const override {
    victim.kind = "encoder";
    victim.arch = about_.config.arch;
    victim.method = about_.method.is_null() ? Json::object() : about_.method;
  }
  at::Tensor forward(const at::Tensor& pixels) const override {
    return encoder_->forward(nn::normalize(pixels, input_, device_));
  }
  nn::Encoder encoder_;
  nn::EncoderAbout about_;
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

 private:
  void describe(answers::VictimInfo& victim) const override { victim.kind = "torchscript"; }
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
                       " pixels with one tensor; try `input-size`: " + printable(problem)};
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

AnswerKind parse_answer(const std::string& text) {
  if (text == "embedding") return AnswerKind::kEmbedding;
  if (text == "posterior") return AnswerKind::kPosterior;
  if (text == "label") return AnswerKind::kPrediction;
  throw UsageError("`answer`: '" + printable(text) + "' is none of embedding|posterior|label");
}

PosteriorForm parse_posterior(const std::string& text) {
  for (const PosteriorForm form : {PosteriorForm::kLogits, PosteriorForm::kSoftmax})
    if (text == answers::word_for(form)) return form;
  throw UsageError("`posterior`: '" + printable(text) + "' is none of logits|softmax");
}

void check(const VictimOptions& options) {
  const bool embedding = options.answer == AnswerKind::kEmbedding;
  if (!embedding && options.head.empty())
    throw UsageError("`head`: is missing; the victim classifies with one");
  if (embedding && !options.head.empty())
    throw UsageError("`head`: has no effect on `answer` embedding");
  if (options.posterior && options.answer != AnswerKind::kPosterior)
    throw UsageError("`posterior`: goes with `answer` posterior");
}

Victim::Victim(std::string name, std::string file_digest, nn::InputConfig input,
               const VictimOptions& options)
    : name_(std::move(name)),
      input_(input),
      device_(options.device),
      precision_(options.precision),
      file_digest_(std::move(file_digest)),
      kind_(options.answer),
      posterior_(options.posterior.value_or(PosteriorForm::kLogits)) {
  std::string function =
      file_digest_ + ' ' + victim::describe(input) + ' ' + nn::to_string(precision_);
  if (kind_ != AnswerKind::kEmbedding) {
    open_head(options.head);
    function += ' ' + head_->digest.hex();
    if (kind_ == AnswerKind::kPosterior) (function += ' ') += answers::word_for(posterior_);
  }
  id_ = digest(function).hex();
}

void Victim::open_head(const std::filesystem::path& path) {
  head_ = nn::load_head(path);
  const std::optional<std::string>& fitted_on = head_->about.encoder;
  if (fitted_on && *fitted_on != file_digest_)
    throw DataError(path.string(), "is a head of another encoder than " + printable(name_) +
                                       "; fit one on that encoder's embeddings");
  head_->head.weight = head_->head.weight.to(device_);
  head_->head.bias = head_->head.bias.to(device_);
}

answers::AnswerInfo Victim::info() const {
  answers::AnswerInfo info;
  info.kind = kind_;
  info.victim.id = id_;
  info.victim.file = file_digest_;
  describe(info.victim);
  if (!head_) return info;
  info.victim.head = head_->digest.hex();
  info.classes = head_->head.classes;
  if (kind_ == AnswerKind::kPosterior) info.posterior = posterior_;
  return info;
}

at::Tensor Victim::classify(const at::Tensor& embeddings) const {
  const std::int64_t width = head_->head.weight.size(1);
  if (embeddings.size(1) != width)
    throw DataError(name_, "does not answer with the vectors of " + std::to_string(width) +
                               " numbers that its head takes");
  const at::Tensor logits = nn::logits(head_->head, embeddings);
  if (kind_ == AnswerKind::kPrediction) return logits.argmax(1, /*keepdim=*/true).to(at::kFloat);
  return posterior_ == PosteriorForm::kSoftmax ? logits.softmax(1) : logits;
}

at::Tensor Victim::answer(const at::Tensor& pixels) const {
  const c10::InferenceMode inference;
  at::Tensor vectors;
  {
    const nn::Autocast autocast(device_, precision_);
    vectors = forward(data::resize_images(pixels, input_.size)).to(at::kFloat);
  }
  if (vectors.dim() != 2 || vectors.size(0) != pixels.size(0) || vectors.size(1) == 0)
    throw DataError(name_, "does not answer with one vector an image");
  if (!at::isfinite(vectors).all().item<bool>())
    throw DataError(name_, "answers with numbers that are not finite");
  if (head_) vectors = classify(vectors);
  return vectors.to(at::kCPU).contiguous();
}

std::unique_ptr<Victim> open_victim(const std::string& name, const VictimOptions& options) {
  check(options);
  if (name == "pixels") return std::make_unique<Pixels>(options);
  const std::string bytes = read_file(name);
  if (!is_zip(bytes)) return std::make_unique<Native>(name, nn::load_encoder(name), options);
  if (options.allow_code == AllowCode::kNo)
    throw UsageError(name, "is TorchScript, which is code; pass `allow-code` if you trust it");
  return std::make_unique<Script>(name, bytes, options);
}

}  // namespace cs::victim
