/// What measures share that fit a classifier to the training set and score it on the test set.
#pragma once

#include <ATen/core/Tensor.h>

#include "eval/measure.hpp"

namespace cs::eval {

/// The row of such a measure, but for its name, summary, options and computation.
Measure classifier_measure();

struct TrainAndTest {
  const at::Tensor& train;  ///< embeddings f32 [N, D]
  const Labels& labels;     ///< of train
  const at::Tensor& test;   ///< embeddings f32 [M, D]
};

/// Throws DataError unless both sets are labeled embeddings of one encoder.
TrainAndTest train_and_test(const Sets& sets);

/// Scores the classes predicted for the test set, i64 [M], by the names of the training set. A
/// class without training records could not be predicted.
Finding score_classifier(const at::Tensor& predictions, const Sets& sets);

}  // namespace cs::eval
