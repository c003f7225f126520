/// The measure `linear`: what a linear probe reads off embeddings.

#include <memory>

#include "core/parse.hpp"
#include "eval/choose_l2.hpp"
#include "eval/classifier.hpp"
#include "eval/measures.hpp"

namespace cs::eval {
namespace {

Finding compute(const Sets& sets, ProbeOptions options) {
  const TrainAndTest data = train_and_test(sets);
  options.seed = sets.seed();
  const LinearProbe probe = fit_linear_probe(data.train, data.labels.ids, options);
  Finding finding = score_classifier(predict(probe, data.test), sets);
  const bool chosen = options.l2_grid.size() > 1;
  finding.protocol = {{"solver", "newton-cg to convergence, standardized"},
                      {"l2", probe.l2},
                      {"l2_chosen_on", chosen ? Json("validation split of train") : Json()},
                      {"iterations", probe.iterations},
                      {"converged", probe.converged}};
  finding.head = fold(probe, data.labels.names);
  return finding;
}

}  // namespace

Measure linear_measure() {
  const auto settings = std::make_shared<ProbeOptions>();
  Measure measure = classifier_measure();
  measure.name = "linear";
  measure.summary = "logistic regression";
  measure.by_default = Default::kYes;
  measure.gives_head = true;
  measure.options = {{"l2", "X", "Strength of the linear probe's penalty; otherwise it is chosen.",
                      "", [settings](const std::string& text) {
                        settings->l2_grid = {parse_number("`l2`", text, 1e-12, 1e12)};
                      }}};
  measure.compute = [settings](const Sets& sets) { return compute(sets, *settings); };
  return measure;
}

}  // namespace cs::eval
