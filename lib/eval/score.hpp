/// How good predictions are, as members of a line of results.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "data/tensors.hpp"

namespace cs::eval {

/// What predictions are held against, record by record.
struct Truth {
  at::Tensor labels;                 ///< i64 [N]
  at::Tensor victim;                 ///< i64 [N], the victim's predictions; undefined without
  std::vector<std::string> classes;  ///< names of label 0, 1, ...
  std::uint64_t seed = 0;            ///< of the intervals
  std::string victim_answers{};      ///< fingerprint of where `victim` is from
};

/// The labels of `set`, and the predictions (or largest posteriors) of `victim` if there is one.
/// Throws DataError if the set has no label or the victim's answers are not to the same images or
/// tell other classes apart.
Truth load_truth(const store::Dataset& set, const store::Dataset* victim, std::uint64_t seed);

/// The predictions, or largest posteriors, of `answers`, i64; throws DataError unless they tell
/// `classes` apart.
at::Tensor load_predictions(const store::Dataset& answers, const std::vector<std::string>& classes);

enum class PerClass : bool { kNo, kYes };

/// "accuracy" (share of `predictions`, i64 [N], that equal the labels) with the 95 % bootstrap
/// interval "accuracy_low" to "accuracy_high"; with victim the same for "agreement" (share that
/// equal the victim's predictions, right or wrong), the paper's second number; what the "interval"
/// is; with PerClass::kYes "per_class", an array of these by class ("class", "records"; null where
/// there are none). Throws DataError if lengths differ or are 0.
Json score(const at::Tensor& predictions, const Truth& truth, PerClass per_class = PerClass::kNo);

}  // namespace cs::eval
