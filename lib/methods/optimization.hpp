/// The optimizers and the learning-rate schedules that a recipe names; cs::train runs them.
#pragma once

#include "core/words.hpp"

namespace cs::methods {

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

/// What happens to the learning rate from epoch to epoch, after the warm-up.
enum class Schedule {
  kConstant,
  kCosine,  ///< half a cosine from lr down towards 0 (Loshchilov and Hutter, ICLR 2017)
};

constexpr Words<OptimizerKind, 4> kOptimizers{"optimizer",
                                              {{{"sgd", OptimizerKind::kSgd},
                                                {"adam", OptimizerKind::kAdam},
                                                {"adamw", OptimizerKind::kAdamW},
                                                {"lars", OptimizerKind::kLars}}}};
constexpr Words<Schedule, 2> kSchedules{
    "schedule", {{{"constant", Schedule::kConstant}, {"cosine", Schedule::kCosine}}}};

}  // namespace cs::methods
