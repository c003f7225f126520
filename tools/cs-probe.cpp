// cs-probe: measure embeddings by what can be read off them.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "data/tensors.hpp"
#include "eval/interval.hpp"
#include "eval/knn.hpp"
#include "eval/linear_probe.hpp"
#include "store/dataset.hpp"

namespace {

using cs::store::Column;

struct Settings {
  std::vector<std::filesystem::path> train, test;
  std::vector<std::string> measures{"linear", "knn"};
  cs::eval::KnnOptions knn;
  std::uint64_t seed = 0;
  int threads = 1;
  bool no_verify = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  table.paths("train", s.train, "Labeled embeddings to learn from.")
      .paths("test", s.test, "Labeled embeddings of the same encoder to be judged by.")
      .custom("measure", "LIST", "What to measure, cut by commas: linear, knn.", "linear,knn",
              [&s](const std::string& value) {
                s.measures = cs::split(value, ',');
                for (const std::string& m : s.measures)
                  if (m != "linear" && m != "knn")
                    throw cs::UsageError("--measure: '" + cs::printable(m) +
                                         "' is none of linear, knn");
              })
      .whole("k,neighbors", s.knn.k, 1, 1'000'000, "Neighbors that vote in knn.")
      .number("temperature", s.knn.temperature, 0, 1e6,
              "Weighs a neighbor's vote by exp(cosine / X) in knn; 0 = equal votes.");
  cs::cli::add_seed(table, s.seed);
  cs::cli::add_threads(table, s.threads);
  cs::cli::add_verify(table, s.no_verify);
}

struct Embeddings {
  at::Tensor vectors, labels;
  cs::store::Header header;
};

Embeddings load(const std::vector<std::filesystem::path>& operands, bool no_verify) {
  const cs::store::Dataset set(operands,
                               no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll);
  if (set.count() == 0) throw cs::DataError(set.name(), "holds no record");
  return {cs::data::read_vectors(set, Column::kEmbedding), cs::data::read_labels(set),
          set.header()};
}

cs::Json measure_linear(const Settings& s, const Embeddings& train, const Embeddings& test,
                        at::Tensor& predictions) {
  cs::eval::ProbeOptions options;
  options.seed = s.seed;
  const auto probe = cs::eval::fit_linear_probe(train.vectors, train.labels, options);
  predictions = cs::eval::predict(probe, test.vectors);
  return {{"solver", "newton-cg to convergence, standardized"},
          {"l2", probe.l2},
          {"l2_chosen_on", "validation split of train"},
          {"iterations", probe.iterations},
          {"converged", probe.converged}};
}

cs::Json measure_knn(const Settings& s, const Embeddings& train, const Embeddings& test,
                     at::Tensor& predictions) {
  predictions = cs::eval::knn_predict(train.vectors, train.labels, test.vectors, s.knn);
  return {{"k", s.knn.k}, {"temperature", s.knn.temperature}, {"distance", "cosine"}};
}

void run(const Settings& s, const cs::cli::Invocation& /*call*/) {
  cs::cli::require("train", !s.train.empty());
  cs::cli::require("test", !s.test.empty());
  at::set_num_threads(s.threads);
  const Embeddings train = load(s.train, s.no_verify);
  const Embeddings test = load(s.test, s.no_verify);
  if (train.header.victim != test.header.victim)
    throw cs::DataError(s.test.front().string(),
                        "answers of another encoder than --train; query both with the same one");
  if (train.header.classes != test.header.classes)
    throw cs::DataError(s.test.front().string(), "has other classes than --train");
  for (const std::string& measure : s.measures) {
    at::Tensor predictions;
    const cs::Json protocol = measure == "linear" ? measure_linear(s, train, test, predictions)
                                                  : measure_knn(s, train, test, predictions);
    const auto accuracy =
        cs::eval::bootstrap_mean(cs::eval::matches(predictions, test.labels), s.seed);
    cs::Json line = {{"measure", measure},
                     {"accuracy", accuracy.mean},
                     {"accuracy_low", accuracy.low},
                     {"accuracy_high", accuracy.high},
                     {"interval", "95 % percentile bootstrap over test records"}};
    line.update(protocol);
    line["train_records"] = train.labels.size(0);
    line["test_records"] = test.labels.size(0);
    line["seed"] = s.seed;
    line["train"] = train.header.fingerprint.hex();
    line["test"] = test.header.fingerprint.hex();
    line["encoder"] = cs::parse_json("about", test.header.about).value("victim", cs::Json());
    std::cout << cs::to_line(line) << '\n' << std::flush;
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-probe", "measure embeddings by what can be read off them", "", 0, 0}, argc, argv,
      [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
