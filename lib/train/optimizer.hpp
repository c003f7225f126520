/// Optimizers and learning-rate schedules.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "methods/optimization.hpp"
#include "nn/state.hpp"

namespace cs::train {

struct OptimizerOptions {
  methods::OptimizerKind kind = methods::OptimizerKind::kSgd;
  double lr = 0.1;
  double momentum = 0.9;    ///< SGD and LARS only
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

/// What epoch `epoch` of `epochs` (from 0) multiplies the learning rate by: (e+1) / warmup in the
/// first `warmup` epochs, then (1 + cos(pi (e - warmup) / (epochs - warmup))) / 2, or 1.
double schedule_factor(methods::Schedule schedule, std::int64_t epoch, std::int64_t epochs,
                       std::int64_t warmup);

}  // namespace cs::train
