/// The linear probe: multinomial logistic regression on frozen embeddings, solved to convergence,
/// so that its number depends on the embeddings and not on a recipe of epochs and learning rates.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "eval/logistic.hpp"
#include "nn/head.hpp"

namespace cs::eval {

/// A solved probe. The largest entry of weight z + bias names the class of x, where z is x
/// standardized: (x - mean) * scale. Only classes that had records are rows, K of them.
struct LinearProbe {
  at::Tensor classes;  ///< i64 [K]: the label that each row stands for, ascending
  at::Tensor weight;   ///< f64 [K, D]
  at::Tensor bias;     ///< f64 [K]
  at::Tensor mean;     ///< f64 [D], of the training embeddings
  at::Tensor scale;    ///< f64 [D], 1 / their standard deviation (over N), 0 for constant columns
  double l2 = 0;
  double objective = 0;  ///< at the solution
  int iterations = 0;    ///< Newton steps of the last solve
  bool converged = false;
};

/// Minimizes mean_i CE(weight z_i + bias, y_i) + l2 / 2 ||weight||^2, the bias not penalized.
/// `embeddings` f32 [N, D], `labels` i64 [N], any numbers of 0 or more, on one device. `start` is a
/// probe of the same classes to begin from, null for zeros. A column whose standard deviation is
/// under 1e-6 of its mean counts as constant. Throws DataError if an embedding is not finite or
/// there is a single class; UsageError unless l2 > 0.
LinearProbe fit_linear(const at::Tensor& embeddings, const at::Tensor& labels, double l2,
                       const SolverOptions& options = {}, const LinearProbe* start = nullptr);

/// The label of every row of `embeddings`, i64 [N]. Throws DataError if their width is not the
/// probe's or one is not finite.
at::Tensor predict(const LinearProbe& probe, const at::Tensor& embeddings);

/// The probe as a head on raw embeddings, standardization folded in. `names` are those of labels 0,
/// 1, ... The row of a class without training records is the mean of the other rows, 100 lower: the
/// largest of these is never below their mean, so that such a class is never predicted, and its
/// logits are numbers of the others' size. Throws DataError if a label of the probe has no name.
nn::Head fold(const LinearProbe& probe, const std::vector<std::string>& names);

}  // namespace cs::eval
