#include "eval/score.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "eval/interval.hpp"

namespace cs::eval {
namespace {

void add_share(Json& line, const std::string& name, const std::vector<double>& hits,
               std::uint64_t seed) {
  const Estimate share = bootstrap_mean(hits, seed);
  line[name] = share.mean;
  line[name + "_low"] = share.low;
  line[name + "_high"] = share.high;
}

void add_shares(Json& line, const at::Tensor& predictions, const Truth& truth) {
  add_share(line, "accuracy", matches(predictions, truth.labels), truth.seed);
  if (truth.victim.defined())
    add_share(line, "agreement", matches(predictions, truth.victim), truth.seed);
}

/// The same of the records of one class.
Json score_class(std::int64_t label, const at::Tensor& predictions, const Truth& truth) {
  const at::Tensor rows = truth.labels.eq(label).nonzero().squeeze(1);
  Json line = {{"class", truth.classes.at(static_cast<std::size_t>(label))},
               {"records", rows.size(0)}};
  if (rows.size(0) == 0) {
    line["accuracy"] = nullptr;
    return line;
  }
  Truth part = truth;
  part.labels = truth.labels.index_select(0, rows);
  if (truth.victim.defined()) part.victim = truth.victim.index_select(0, rows);
  add_shares(line, predictions.index_select(0, rows), part);
  return line;
}

}  // namespace

at::Tensor load_predictions(const store::Dataset& answers,
                            const std::vector<std::string>& classes) {
  std::vector<std::string> told_apart;
  at::Tensor predictions = data::read_predictions(answers, told_apart);
  if (told_apart != classes)
    throw DataError(answers.name(), "tells other classes apart than the images are labeled with");
  return predictions;
}

Truth load_truth(const store::Dataset& set, const store::Dataset* victim, std::uint64_t seed) {
  if (set.count() == 0) throw DataError(set.name(), "holds no record");
  Truth truth{data::read_labels(set), {}, set.header().classes, seed};
  if (victim == nullptr) return truth;
  if (!victim->answers_same_images(set))
    throw DataError(victim->name(), "does not answer the images of " + printable(set.name()) +
                                        "; query those images");
  truth.victim = load_predictions(*victim, truth.classes);
  truth.victim_answers = victim->header().fingerprint.hex();
  return truth;
}

Json score(const at::Tensor& predictions, const Truth& truth, PerClass per_class) {
  Json line;
  add_shares(line, predictions, truth);
  line["interval"] = "95 % percentile bootstrap over test records";
  if (per_class == PerClass::kYes)
    for (std::size_t i = 0; i < truth.classes.size(); ++i)
      line["per_class"].push_back(score_class(static_cast<std::int64_t>(i), predictions, truth));
  return line;
}

}  // namespace cs::eval
