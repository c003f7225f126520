#include "eval/measure.hpp"

#include <algorithm>

#include "answers/info.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "nn/head.hpp"

namespace cs::eval {
namespace {

struct Labeled {
  at::Tensor vectors;  ///< f32 [N, D]
  at::Tensor labels;   ///< i64 [N]
};

Measurement measure_linear(const Labeled& train, const at::Tensor& test,
                           const ProbeOptions& options) {
  LinearProbe probe = fit_linear_probe(train.vectors, train.labels, options);
  const bool chosen = options.l2_grid.size() > 1;
  const Json protocol = {{"solver", "newton-cg to convergence, standardized"},
                         {"l2", probe.l2},
                         {"l2_chosen_on", chosen ? Json("validation split of train") : Json()},
                         {"iterations", probe.iterations},
                         {"converged", probe.converged}};
  at::Tensor predictions = predict(probe, test);
  return {"linear", std::move(predictions), protocol, std::move(probe)};
}

Measurement measure_knn(const std::string& name, const Labeled& train, const at::Tensor& test,
                        const KnnOptions& options) {
  return {name,
          knn_predict(train.vectors, train.labels, test, options),
          {{"k", options.k}, {"temperature", options.temperature}, {"distance", "cosine"}},
          std::nullopt};
}

Measurement measure_one(const std::string& name, const Labeled& train, const at::Tensor& test,
                        const MeasureOptions& options) {
  if (name == "linear") return measure_linear(train, test, options.probe);
  if (name == "knn") return measure_knn(name, train, test, options.knn);
  return measure_knn(name, train, test, {200, 0.1});
}

}  // namespace

std::vector<std::string> parse_measures(const std::string& list) {
  std::vector<std::string> names;
  for (const std::string& name : split(list, ',')) {
    if (name != "linear" && name != "knn" && name != "knn200")
      throw UsageError("`measure`: '" + printable(name) + "' is none of linear, knn, knn200");
    if (std::count(names.begin(), names.end(), name) > 0)
      throw UsageError("`measure`: names " + name + " twice; once is enough");
    names.push_back(name);
  }
  return names;
}

std::vector<Measurement> measure(const std::vector<std::string>& names, const store::Dataset& train,
                                 const store::Dataset& test, const MeasureOptions& options) {
  for (const store::Dataset* set : {&train, &test}) set->require(store::Column::kEmbedding);
  if (train.header().victim != test.header().victim)
    throw DataError(test.name(),
                    "answers of another encoder than `train`; query both with the same one");
  if (train.header().classes != test.header().classes)
    throw DataError(test.name(), "has other classes than `train`");
  if (train.count() == 0) throw DataError(train.name(), "holds no record");
  const Labeled known{data::read_vectors(train, store::Column::kEmbedding),
                      data::read_labels(train)};
  const at::Tensor asked = data::read_vectors(test, store::Column::kEmbedding);
  std::vector<Measurement> made;
  for (const std::string& name : names) {
    made.push_back(measure_one(name, known, asked, options));
    made.back().protocol["train_records"] = train.count();
    made.back().protocol["train"] = train.header().fingerprint.hex();
  }
  return made;
}

Json line_of(const Measurement& measurement, const Truth& truth, bool per_class,
             const store::Dataset& test) {
  Json line = {{"measure", measurement.name}};
  line.update(score(measurement.predictions, truth, per_class ? PerClass::kYes : PerClass::kNo));
  line.update(measurement.protocol);
  line["test_records"] = test.count();
  line["seed"] = truth.seed;
  line["test"] = test.header().fingerprint.hex();
  if (!truth.victim_answers.empty()) line["victim_answers"] = truth.victim_answers;
  line["encoder"] = answers::info_of(test).victim.to_json();
  return line;
}

void save_head(const std::filesystem::path& path, const LinearProbe& probe,
               const store::Dataset& test, const Json& step, Overwrite overwrite) {
  const std::string file = answers::info_of(test).victim.file;
  nn::save_head(path, fold(probe, test.header().classes),
                {{"encoder", file.empty() ? Json() : Json(file)}, {"history", Json::array({step})}},
                overwrite);
}

}  // namespace cs::eval
