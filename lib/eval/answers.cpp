/// The measure `answers`: how right stored predictions or posteriors are as they stand.

#include <ATen/ATen.h>

#include "data/tensors.hpp"
#include "eval/measures.hpp"
#include "eval/score.hpp"

namespace cs::eval {
namespace {

Finding compute(const Sets& sets) {
  Predictions predictions;
  predictions.ids = data::read_predictions(sets.at(Input::kAnswers), predictions.classes);
  const auto classes = static_cast<std::int64_t>(predictions.classes.size());
  return score(predictions, at::ones({classes}, at::kBool), sets);
}

}  // namespace

Measure answers_measure() {
  Measure measure;
  measure.name = "answers";
  measure.summary = "predictions or posteriors as they are";
  measure.needs = {Input::kAnswers};
  measure.quantities = prediction_quantities();
  measure.by_default = Default::kYes;
  measure.compute = compute;
  return measure;
}

}  // namespace cs::eval
