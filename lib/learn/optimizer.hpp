/// Optimizers and learning-rate schedules.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nn/state.hpp"

namespace cs::learn {

/// The rule, for a weight w, its gradient g, the learning rate lr and the weight decay wd. Buffers
/// (v, m, s) start at zero.
enum class OptimizerKind {
  /// v = momentum v + (g + wd w);  w -= lr v
  kSgd,
  /// Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, with b1 = 0.9,
  /// b2 = 0.999, eps = 1e-8. In step t (from 1), with g' = g + wd w:
  ///   m = b1 m + (1 - b1) g';  s = b2 s + (1 - b2) g'^2
  ///   w -= lr (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + eps)
  kAdam,
  /// Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019: as kAdam with
  /// g' = g, after w *= 1 - lr wd.
  kAdamW,
  /// You, Gitman and Ginsburg, "Large Batch Training of Convolutional Networks", 2017, as
  /// solo-learn runs it (eta = 0.02, rate clipped, biases and norms left out). Where w has other
  /// than one dimension and neither |w| nor |g| is zero:
  ///   g' = min(1, eta |w| / (|g| + wd |w| + 1e-8) / lr) (g + wd w)
  /// and g' = g, without decay, everywhere else. Then as kSgd: v = momentum v + g';  w -= lr v
  kLars,
};

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kSgd;
  double lr = 0.1;
  double momentum = 0.9;    ///< kSgd and kLars only
  double weight_decay = 0;  ///< on all parameters; kLars: on those that it scales
  double clip = 0;          ///< the largest 2-norm of all gradients together; 0: no limit
};

/// Updates `parameters` from their gradients, as torch.optim does, on whatever device they are (all
/// on one). No call waits for the device.
class Optimizer {
 public:
  /// Throws UsageError unless lr is positive, momentum in [0, 1), and weight_decay and clip 0 or
  /// more, all of them finite.
  Optimizer(std::vector<at::Tensor> parameters, const OptimizerOptions& options);
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void set_lr(double lr);  ///< not checked: a schedule may end at 0
  void clear_gradients();  ///< frees them, so that backward() writes instead of adding

  /// One step. Leaves the gradients as they are: with `clip`, the rule sees them times
  /// min(1, clip / (norm + 1e-6)). A parameter without a gradient keeps its value and its buffers;
  /// t of kAdam and kAdamW is one count for all parameters, of the steps that had any gradient.
  void step();

  /// All that the next step depends on besides the parameters, their gradients and the learning
  /// rate: `momentum.I` (kSgd and kLars, unless momentum is 0) or `steps`, `mean.I` and `square.I`
  /// (kAdam, kAdamW) for the I-th parameter. It is complete before the first step, and shares its
  /// memory with the optimizer: copying into the tensors restores what they held.
  nn::State state() const;

 private:
  OptimizerOptions options_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> first_;   // v, or m; empty where the rule needs none
  std::vector<at::Tensor> second_;  // s
  at::Tensor steps_;                // t in memory of the host, where reading it waits for nothing
};

enum class Schedule {
  kConstant,
  kCosine,  ///< half a cosine from lr down towards 0 (Loshchilov and Hutter, ICLR 2017), by epoch
};

/// What epoch `epoch` of `epochs` (from 0) multiplies the learning rate by: (e+1) / warmup in the
/// first `warmup` epochs, then (1 + cos(pi (e - warmup) / (epochs - warmup))) / 2, or 1.
double schedule_factor(Schedule schedule, std::int64_t epoch, std::int64_t epochs,
                       std::int64_t warmup);

/// `sgd`, `adam`, `adamw` and `lars`, `constant` and `cosine`: the words of options and logs. The
/// parsers throw UsageError naming the words there are.
std::string to_string(OptimizerKind kind);
std::string to_string(Schedule schedule);
OptimizerKind parse_optimizer(const std::string& text);
Schedule parse_schedule(const std::string& text);

}  // namespace cs::learn
