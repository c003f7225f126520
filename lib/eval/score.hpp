/// How often predicted classes are right, and how often the victim predicts the same.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "eval/measure.hpp"

namespace cs::eval {

/// Accuracy: the fraction of records whose predicted class is their label. Agreement, with the
/// victim's answers: the fraction of records for which the victim predicts the same class, right or
/// wrong, the paper's second number.
const std::vector<Quantity>& prediction_quantities();

/// The predictions with their quantities. Labels, predictions and the victim's predictions name
/// their classes each in an order of its own, and are matched by name. `known`, bool, says which
/// classes could be predicted: records of others are not scored, and `left_out` names these
/// classes, with those that were learned and have no record to be tested on:
/// "classes_absent": {"train": [...], "test": [...]} (or "answers"), "records_left_out". Throws
/// DataError if no record is left or the victim tells none of the classes apart.
Finding score(const Predictions& predictions, const at::Tensor& known, const Sets& sets);

}  // namespace cs::eval
