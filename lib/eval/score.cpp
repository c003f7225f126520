#include "eval/score.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "data/tensors.hpp"
#include "eval/classes.hpp"
#include "eval/interval.hpp"

namespace cs::eval {
namespace {

const Quantity kAccuracy{"accuracy", "", std::nullopt};
const Quantity kAgreement{"agreement", "", Input::kVictim};

/// The victim's predictions as positions in `classes`; -1 for classes that are none of them.
at::Tensor victim_predictions(const store::Dataset& victim,
                              const std::vector<std::string>& classes) {
  std::vector<std::string> names;
  const at::Tensor ids = data::read_predictions(victim, names);
  const at::Tensor positions = match_names(names, classes);
  if (positions.max().item<std::int64_t>() < 0)
    throw DataError(victim.name(), "tells other classes apart than the records are labeled with");
  return positions.index_select(0, ids);
}

/// What is known of classes that only one side has.
Json left_out(const Predictions& predictions, const at::Tensor& known, const at::Tensor& truth,
              const at::Tensor& own, const Sets& sets) {
  const Labels& labels = sets.labels(sets.judged());
  const at::Tensor labeled = present(labels.ids, labels.names.size());
  Json absent = Json::object();
  const auto unknown = names_where(labeled.logical_and(own.lt(0)), labels.names);
  const bool learned = sets.has(Input::kTrain);
  if (!unknown.empty()) absent[name_of(learned ? Input::kTrain : Input::kAnswers)] = unknown;
  const at::Tensor tested = present(truth, predictions.classes.size());
  const auto untested = names_where(known.logical_and(tested.logical_not()), predictions.classes);
  if (learned && !untested.empty()) absent[name_of(Input::kTest)] = untested;
  Json members = Json::object();
  if (!absent.empty()) members["classes_absent"] = absent;
  if (truth.size(0) < labels.ids.size(0))
    members["records_left_out"] = labels.ids.size(0) - truth.size(0);
  return members;
}

}  // namespace

const std::vector<Quantity>& prediction_quantities() {
  static const std::vector<Quantity> quantities{kAccuracy, kAgreement};
  return quantities;
}

Finding score(const Predictions& predictions, const at::Tensor& known, const Sets& sets) {
  const Labels& labels = sets.labels(sets.judged());
  at::Tensor own = match_names(labels.names, predictions.classes);
  own = own.masked_fill(known.index_select(0, own.clamp_min(0)).logical_not(), -1);
  const at::Tensor all = own.index_select(0, labels.ids);
  Finding finding;
  finding.rows = all.ge(0).nonzero().squeeze(1);
  if (finding.rows.size(0) == 0)
    throw DataError(sets.at(sets.judged()).name(),
                    "holds no record of a class that could be predicted; name classes alike in "
                    "both sets");
  const at::Tensor truth = all.index_select(0, finding.rows);
  const at::Tensor predicted = predictions.ids.index_select(0, finding.rows);
  finding.series.push_back({kAccuracy, matches(predicted, truth)});
  if (sets.has(Input::kVictim)) {
    const at::Tensor victim = victim_predictions(sets.at(Input::kVictim), predictions.classes);
    finding.series.push_back(
        {kAgreement, matches(predicted, victim.index_select(0, finding.rows))});
  }
  finding.left_out = left_out(predictions, known, truth, own, sets);
  finding.predictions = predictions;
  return finding;
}

}  // namespace cs::eval
