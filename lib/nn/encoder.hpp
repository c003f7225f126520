/// Image encoders: architecture, stem, input configuration and weights in one module, and the file
/// they are kept in.
#pragma once

#include <c10/core/Device.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "core/hash.hpp"
#include "core/json.hpp"
#include "nn/resnet.hpp"

namespace cs::nn {

/// The first convolution and what follows it. Stems that differ only in padding have weights of
/// equal shapes and different outputs, so a file always states all four numbers.
struct Stem {
  int kernel = 3;
  int stride = 1;
  int padding = 1;
  bool pool = false;  ///< 3x3 max pooling with stride 2 after the first ReLU
};

/// `cifar` (3x3, stride 1, padding 1, no pool) or `imagenet` (7x7, stride 2, padding 3, pool), as
/// in the SimCLR paper and torchvision; throws UsageError naming the stems.
Stem parse_stem(const std::string& name);

/// What happens to pixels before the first convolution: (pixel / 255 - mean) / std.
struct InputConfig {
  std::int64_t size = 32;
  std::array<double, 3> mean{0, 0, 0};
  std::array<double, 3> std{1, 1, 1};
};

/// u8 [N, height, width, 3] to normalized f32 [N, 3, height, width], channels-last in memory, on
/// `device`. The only place where pixels become floats. Throws Error for another shape or type.
at::Tensor normalize(const at::Tensor& pixels, const InputConfig& input, c10::Device device);

struct EncoderConfig {
  std::string arch = "resnet18";
  Stem stem;
  std::int64_t width = 0;  ///< of the embedding; 0 = the architecture's own
  bool linear = false;     ///< `fc` follows the features even if it does not change their width
  InputConfig input;
};

/// `resnet18`, `resnet34`, `resnet50` (He et al., CVPR 2016, as torchvision builds them) and
/// `resnet10`, a small one for CPU demos. Throws UsageError naming them if `arch` is none.
std::int64_t feature_width(const std::string& arch);
const std::vector<std::string>& arch_names();

/// A ResNet whose output is the embedding: the globally pooled features if `width` is the
/// architecture's own and `linear` not set, else a linear layer `fc` on them. Parameter and buffer
/// names and their order are torchvision's; convolution weights are channels-last in memory.
class EncoderImpl : public torch::nn::Module {
 public:
  /// Throws UsageError if the architecture is unknown. Weights are LibTorch's until initialize().
  explicit EncoderImpl(EncoderConfig config);

  /// With `width` and `linear` resolved: the width is never 0, and `linear` says whether there is
  /// an `fc`.
  const EncoderConfig& config() const { return config_; }

  /// Normalized f32 [N, 3, H, W] to embeddings f32 [N, width] (f32 also under Autocast).
  at::Tensor forward(const at::Tensor& input);

  /// Normalizes batches in this many parts from now on (BatchNorm2dImpl).
  void split_batch_norm(std::int64_t parts);

  /// Keeps the first layers as they are, batch statistics included: none, or all up to the one that
  /// this word of parse_freeze() names.
  void freeze(const std::string& last);

  /// What is frozen stays in evaluation mode.
  void train(bool on = true) override;

  const torch::nn::Linear& fc() const { return fc_; }  ///< empty if there is none

 private:
  EncoderConfig config_;
  std::vector<std::shared_ptr<torch::nn::Module>> frozen_;
  torch::nn::Conv2d conv1_{nullptr};
  BatchNorm2d bn1_{nullptr};
  std::array<torch::nn::Sequential, 4> layers_{nullptr, nullptr, nullptr, nullptr};
  torch::nn::Linear fc_{nullptr};  ///< empty if the embedding is the pooled features
};
TORCH_MODULE(Encoder);

/// Gives `to` the weights and statistics of `from`, an encoder of the same architecture and width.
void copy_state(const Encoder& from, const Encoder& to);

/// A new encoder: `encoder` followed by the linear layer with these weights [width out, width in]
/// and bias, folded into its own `fc` if it has one. On the CPU.
Encoder with_linear(const Encoder& encoder, const at::Tensor& weight, const at::Tensor& bias);

/// Returns the word if it is `none`, `stem`, `layer1`, `layer2`, `layer3` or, for all layers,
/// `encoder`; throws UsageError.
const std::string& parse_freeze(const std::string& word);

/// Fills all weights as torchvision does (He normal fan-out for convolutions, ones and zeros for
/// batch norm, uniform for linear layers) from (seed, index of the parameter): the same on every
/// device, LibTorch and number of threads. Throws Error for parameters of any other kind of layer.
void initialize(torch::nn::Module& module, std::uint64_t seed);

/// An encoder file's content. `about` is the JSON object that the file's metadata keep under "cs":
/// "format", "arch", "stem", "embedding", "input", and what save_encoder() was given (under
/// "method" and "history", how it was made).
struct EncoderFile {
  Encoder encoder{nullptr};
  Json about;
  Digest digest;  ///< of the whole file: names the encoder in caches and histories
};

/// Publishes `encoder` as safetensors and returns the file's digest. `about` is an object of
/// further members (method, history) for the metadata; those that state the configuration come from
/// the encoder itself.
Digest save_encoder(const std::filesystem::path& path, const Encoder& encoder, const Json& about,
                    Overwrite overwrite);

/// Reads what save_encoder() wrote (its digest of metadata and weights included), onto the CPU and
/// ready to answer (eval mode). Throws DataError naming the first field that is missing or wrong
/// (nothing is guessed), or the first tensor that is missing, not expected, of the wrong shape or
/// type, or not finite.
EncoderFile load_encoder(const std::filesystem::path& path);

}  // namespace cs::nn
