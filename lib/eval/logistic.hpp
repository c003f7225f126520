/// L2-regularized multinomial logistic regression, solved to convergence.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cs::eval {

struct SolverOptions {
  double tolerance = 1e-8;   ///< on the largest entry of the gradient
  int max_iterations = 100;  ///< Newton steps
};

/// N records to fit, a record a column: OpenBLAS multiplies that by few classes twice as fast as a
/// record a row.
struct LogisticProblem {
  at::Tensor z;              ///< f32 [D + 1, N]; the last row is ones, for the bias
  at::Tensor labels;         ///< i64 [N], each 0 .. classes - 1
  std::int64_t classes = 0;  ///< each with at least one record
  double l2 = 0;
};

/// Parameters as one matrix theta, f64 [D + 1, classes], whose last row is the bias.
struct LogisticSolution {
  at::Tensor theta;
  double objective = 0;
  int iterations = 0;  ///< Newton steps
  bool converged = false;
};

/// Minimizes mean_i CE(theta^T z_i, y_i) + l2 / 2 ||theta||^2, the bias not penalized, by Newton's
/// method from `start`. Objective and gradient are in f64; each step is solved by conjugate
/// gradients with f32 Hessian products, preconditioned with the covariance of the records, each
/// weighted by its curvature averaged over the classes, so that correlated columns do not slow it
/// down.
LogisticSolution solve_logistic(const LogisticProblem& problem, const SolverOptions& options,
                                const at::Tensor& start);

}  // namespace cs::eval
