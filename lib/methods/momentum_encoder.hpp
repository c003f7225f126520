/// The momentum encoder of MoCo, BYOL's target network: an exponential moving average (EMA) of the
/// encoder and projector under training.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <string>
#include <vector>

#include "methods/layers.hpp"
#include "methods/option.hpp"
#include "nn/encoder.hpp"

namespace cs::methods {

/// EMA decay: the share of its own weights that the average keeps at a step.
struct EmaDecay {
  double start = 0.99;
  double end = 0.99;  ///< approached along half a cosine over all steps

  double at(std::int64_t step, std::int64_t steps) const;
};

/// `ema`, which sets both ends, and `ema-end`.
std::vector<RecipeOption> ema_options(const Field<EmaDecay>& decay);

/// Takes no gradients. Its statistics of batch norm start as copies of the encoder's and then
/// follow the batches that it sees itself.
class MomentumEncoderImpl : public torch::nn::Module {
 public:
  /// Starts as a copy of `encoder`, whose frozen layers it has as well, and of `projector`, whose
  /// layers are `widths` and `norm`.
  MomentumEncoderImpl(const nn::Encoder& encoder, const torch::nn::Sequential& projector,
                      const Widths& widths, Norm norm, const std::string& freeze);

  /// Normalizes batches in this many parts.
  void split_batch_norm(std::int64_t parts) { encoder_->split_batch_norm(parts); }

  at::Tensor project(const at::Tensor& images);

  /// w = decay w + (1 - decay) v of all weights w that are not frozen, v those under training.
  void update(double decay);

 private:
  nn::Encoder encoder_;
  torch::nn::Sequential projector_;
  std::vector<at::Tensor> averages_;
  std::vector<at::Tensor> trained_;  ///< in the same order
};
TORCH_MODULE(MomentumEncoder);

/// What checkpoints call it, in the names of its tensors.
constexpr const char* kMomentumEncoderName = "follower";

}  // namespace cs::methods
