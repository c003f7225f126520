/// The linear probe: multinomial logistic regression on frozen embeddings, solved to convergence,
/// so that its number depends on the embeddings and not on a recipe of epochs and learning rates.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nn/head.hpp"

namespace cs::eval {

/// A solved probe. It classifies x by the largest entry of weight z + bias, where z is x
/// standardized: (x - mean) * scale.
struct LinearProbe {
  at::Tensor weight;  ///< f64 [classes, D]
  at::Tensor bias;    ///< f64 [classes]
  at::Tensor mean;    ///< f64 [D], of the training embeddings
  at::Tensor scale;   ///< f64 [D], 1 / their standard deviation (over N), 0 for constant columns
  double l2 = 0;
  double objective = 0;  ///< at the solution
  int iterations = 0;    ///< Newton steps of the last solve
  bool converged = false;
};

struct SolverOptions {
  double tolerance = 1e-8;   ///< on the largest entry of the gradient
  int max_iterations = 100;  ///< Newton steps
};

struct ProbeOptions {
  /// Strengths to choose from, on a validation split of the training set.
  std::vector<double> l2_grid{1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5};
  double validation_fraction = 0.1;  ///< of each class; at least one record of two or more
  std::uint64_t seed = 0;            ///< of the split
  SolverOptions solver;              ///< of the final fit
};

/// Minimizes mean_i CE(weight z_i + bias, y_i) + l2 / 2 ||weight||^2, the bias not penalized, by
/// Newton's method. Objective and gradient are in f64; each step is solved by conjugate gradients
/// with f32 Hessian products, preconditioned with the covariance of the embeddings, each record
/// weighted by its curvature averaged over the classes, so that correlated embeddings do not slow
/// it down. `embeddings` f32 [N, D], `labels` i64 [N], on one device; classes are 0 to the largest
/// label. `start` is a probe of the same shape to begin from, null for zeros. A column whose
/// standard deviation is under 1e-6 of its mean counts as constant. Throws DataError if an
/// embedding is not finite, there is a single class, or a class has no record; UsageError unless
/// l2 > 0.
LinearProbe fit_linear(const at::Tensor& embeddings, const at::Tensor& labels, double l2,
                       const SolverOptions& options = {}, const LinearProbe* start = nullptr);

/// Chooses l2 by accuracy on a stratified validation split drawn from Random(seed, kSplit, record)
/// (the larger of equals; from strong to weak until two in a row do worse than the best), then fits
/// all records with it, starting from the chosen solution. A grid of one is used without a split.
/// Throws UsageError for an empty grid, DataError if every class has a single record and there is
/// something to choose.
LinearProbe fit_linear_probe(const at::Tensor& embeddings, const at::Tensor& labels,
                             const ProbeOptions& options);

/// The class of every row of `embeddings`, i64 [N]. Throws DataError if their width is not the
/// probe's or one is not finite.
at::Tensor predict(const LinearProbe& probe, const at::Tensor& embeddings);

/// The probe as a head on raw embeddings, standardization folded in. `classes` are the names of
/// labels 0, 1, ...; throws DataError unless the probe has met all of them.
nn::Head fold(const LinearProbe& probe, const std::vector<std::string>& classes);

}  // namespace cs::eval
