/// The linear probe whose penalty is chosen on records that it was not fitted on.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "eval/linear_probe.hpp"

namespace cs::eval {

struct ProbeOptions {
  /// Strengths to choose from, on a validation split of the training set.
  std::vector<double> l2_grid{1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5};
  double validation_fraction = 0.1;  ///< of each class; at least one record of two or more
  std::uint64_t seed = 0;            ///< of the split
  SolverOptions solver;              ///< of the final fit
};

/// Rows to fit and rows to choose l2 on, i64, ascending.
struct Split {
  at::Tensor fit;
  at::Tensor validation;
};

/// Puts `fraction` of the records of each class (rounded down, one at least) into the validation
/// part: those with the smallest draw from Random(seed, kSplit, record). A class with one record is
/// fitted only.
Split split_stratified(const at::Tensor& labels, double fraction, std::uint64_t seed);

/// Chooses l2 by accuracy on the validation part (the larger of equals; from strong to weak until
/// two in a row do worse than the best), then fits all records with it, starting from the chosen
/// solution. A grid of one is used without a split. Throws UsageError for an empty grid, DataError
/// as fit_linear() does, and if every class has a single record and there is something to choose.
LinearProbe fit_linear_probe(const at::Tensor& embeddings, const at::Tensor& labels,
                             const ProbeOptions& options);

}  // namespace cs::eval
