/// Image encoders: what all architectures have in common, and how one is made.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "formats/encoder_about.hpp"

namespace cs::nn {

using formats::EncoderConfig;
using formats::InputConfig;
using formats::kStemForms;
using formats::kStems;
using formats::parse_stem;
using formats::Stem;

class EncoderImpl;

/// Copies share the module, as LibTorch's handles do.
using Encoder = std::shared_ptr<EncoderImpl>;

/// An encoder: layers that make features of an image, and behind them, unless the features are
/// themselves the embedding, a linear layer `fc`. An architecture is a class of its own with its
/// constructor, features() and stages(), and a row in architectures.cpp. Convolution weights are
/// channels-last in memory; names and order of parameters and buffers are those of the file.
class EncoderImpl : public torch::nn::Module {
 public:
  /// What its file states of it, with `width` and `linear` resolved: the width is never 0, and
  /// `linear` says whether there is an `fc`.
  const EncoderConfig& config() const { return config_; }

  /// Normalized f32 [N, 3, H, W] to embeddings f32 [N, config().width] (f32 also under Autocast).
  at::Tensor forward(const at::Tensor& images);

  const torch::nn::Linear& fc() const { return fc_; }  ///< empty if there is none

  /// Freezes the first layers, statistics of batch norm included: `none` freezes nothing, the name
  /// of a stage all layers up to its end, `encoder` everything, `fc` too. Throws UsageError for
  /// another word.
  void freeze(const std::string& last);

  /// What is frozen stays in evaluation mode.
  void train(bool on = true) override;

  /// Normalizes batches in this many parts from now on, in every BatchNorm2d of this project.
  void split_batch_norm(std::int64_t parts);

 protected:
  explicit EncoderImpl(EncoderConfig config) : config_(std::move(config)) {}

  /// Normalized f32 [N, 3, H, W] to f32 [N, features of the architecture].
  virtual at::Tensor features(const at::Tensor& images) = 0;

  using Modules = std::vector<std::shared_ptr<torch::nn::Module>>;

  /// The layers of each stage that the list of architectures names, first layers first.
  virtual std::vector<Modules> stages() const = 0;

 private:
  friend Encoder make_encoder(EncoderConfig config);

  EncoderConfig config_;
  Modules frozen_;
  torch::nn::Linear fc_{nullptr};
};

/// A new encoder. Its weights are LibTorch's until initialize(). Throws UsageError naming all
/// architectures if that of `config` is none, and if the stem's kernel is larger than the images.
Encoder make_encoder(EncoderConfig config);

/// The names of all architectures, as `arch` takes them.
std::vector<std::string> arch_names();

/// The words that EncoderImpl::freeze() takes of one architecture or another, as "a|b|c".
std::string freeze_choices();

/// Returns the word if it is one of freeze_choices(); throws UsageError naming them.
const std::string& parse_freeze(const std::string& word);

/// Gives `to` the weights and statistics of `from`, an encoder of the same architecture and width.
void copy_state(const Encoder& from, const Encoder& to);

/// A new encoder: `encoder` followed by the linear layer with these weights [width out, width in]
/// and bias, folded into its own `fc` if it has one. On the CPU.
Encoder with_linear(const Encoder& encoder, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace cs::nn
