#include "eval/classifier.hpp"

#include "answers/info.hpp"
#include "core/error.hpp"
#include "eval/classes.hpp"
#include "eval/score.hpp"

namespace cs::eval {

Measure classifier_measure() {
  Measure measure;
  measure.needs = {Input::kTrain, Input::kTest};
  measure.quantities = prediction_quantities();
  measure.gives_predictions = true;
  return measure;
}

TrainAndTest train_and_test(const Sets& sets) {
  const store::Dataset& train = sets.at(Input::kTrain);
  const store::Dataset& test = sets.at(Input::kTest);
  for (const store::Dataset* set : {&train, &test}) set->require(store::Column::kEmbedding);
  const answers::VictimInfo judged = answers::info_of(test).victim;
  if (answers::info_of(train).victim.id != judged.id)
    throw DataError(test.name(),
                    judged.kind == answers::kRecorded
                        ? "recorded of another victim than `train`; query both with one victim name"
                        : "answers of another encoder than `train`; query both with the same one");
  return {sets.embeddings(Input::kTrain), sets.labels(Input::kTrain),
          sets.embeddings(Input::kTest)};
}

Finding score_classifier(const at::Tensor& predictions, const Sets& sets) {
  const Labels& learned = sets.labels(Input::kTrain);
  return score({predictions, learned.names}, present(learned.ids, learned.names.size()), sets);
}

}  // namespace cs::eval
