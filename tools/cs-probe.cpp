// cs-probe: measure embeddings with probes, and answers by their accuracy.

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "data/answer_shard.hpp"
#include "eval/measure.hpp"
#include "eval/score.hpp"
#include "nn/device.hpp"
#include "store/dataset.hpp"

namespace {

using cs::store::Dataset;
using Paths = std::vector<std::filesystem::path>;

struct Settings {
  Paths train, test, answers, agreement;
  std::vector<std::string> measures;  ///< empty: not given
  cs::eval::MeasureOptions options;
  bool knn_options = false;
  bool per_class = false;
  std::filesystem::path save_head;
  cs::cli::Output output;
  int threads = 1;
  bool no_verify = false;

  cs::store::Verify verify() const {
    return no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll;
  }
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  table.paths("train", s.train, "Labeled embeddings that the probes are fitted to.")
      .paths("test", s.test,
             "Labeled embeddings of the same encoder that the probes are tested on.")
      .paths("answers", s.answers,
             "Score these labeled predictions or posteriors, instead of embeddings.")
      .paths("agreement", s.agreement,
             "The victim's predictions or posteriors for the same images, for the agreement.")
      .custom("measure", "LIST", "Measures, separated by commas: linear, knn, knn200.",
              "linear,knn",
              [&s](const std::string& v) { s.measures = cs::eval::parse_measures(v); })
      .custom("k,neighbors", "N", "Number of neighbors in knn.", "10",
              [&s](const std::string& v) {
                s.options.knn.k =
                    static_cast<std::int64_t>(cs::parse_unsigned("--neighbors", v, 1, 1'000'000));
                s.knn_options = true;
              })
      .custom("temperature", "X",
              "Temperature X of knn, which weights a vote by exp(cosine / X); 0 = equal votes.",
              "0",
              [&s](const std::string& v) {
                s.options.knn.temperature = cs::parse_number("--temperature", v, 0, 1e6);
                s.knn_options = true;
              })
      .custom("l2", "X", "Strength of the linear probe's penalty; otherwise it is chosen.", "",
              [&s](const std::string& v) {
                s.options.probe.l2_grid = {cs::parse_number("--l2", v, 1e-12, 1e12)};
              })
      .flag("per-class", s.per_class, "Add the accuracy for each class.")
      .path("save-head", s.save_head, "Write the linear probe as a head for cs-query.");
  cs::cli::add_output(table, s.output);
  cs::cli::add_seed(table, s.options.probe.seed);
  cs::cli::add_threads(table, s.threads);
  cs::cli::add_verify(table, s.no_verify);
}

/// Refuses what would be ignored, or is missing, before anything is opened.
void check(const Settings& s) {
  const auto measured = [&](const char* name) {
    return std::find(s.measures.begin(), s.measures.end(), name) != s.measures.end();
  };
  const bool l2 = s.options.probe.l2_grid.size() == 1;
  if (!s.answers.empty()) {
    if (!s.train.empty() || !s.test.empty() || !s.measures.empty() || s.knn_options || l2 ||
        !s.save_head.empty() || !s.output.path.empty())
      throw cs::UsageError("--answers: are judged as they are; leave out what is for embeddings");
    return;
  }
  cs::cli::require("train", !s.train.empty());
  cs::cli::require("test", !s.test.empty());
  if (s.knn_options && !measured("knn"))
    throw cs::UsageError("-k and --temperature: have no effect without --measure knn");
  if (!measured("linear") && (!s.save_head.empty() || l2))
    throw cs::UsageError("--save-head and --l2: have no effect without --measure linear");
  if (!s.output.path.empty() && s.measures.size() != 1)
    throw cs::UsageError("--output: takes one measure's predictions; choose with --measure");
  if (!s.save_head.empty() && s.save_head == s.output.path)
    throw cs::UsageError("--output and --save-head: name different files");
  for (const auto& written : {s.output.path, s.save_head}) {
    if (written.empty()) continue;
    for (const Paths* inputs : {&s.train, &s.test, &s.agreement})
      cs::refuse_same_file(written, *inputs);
    const cs::Pending early = cs::Pending::file(written, s.output.overwrite());
  }
}

void judge_answers(const Settings& s, const Dataset* victim) {
  const Dataset answers(s.answers, s.verify(), s.threads);
  const auto truth = cs::eval::load_truth(answers, victim, s.options.probe.seed);
  cs::eval::Measurement m;
  m.name = "answers";
  m.predictions = cs::eval::load_predictions(answers, truth.classes);
  std::cout << cs::to_line(cs::eval::line_of(m, truth, s.per_class, answers)) << '\n';
}

void judge_embeddings(const Settings& s, const Dataset* victim, const cs::Json& step) {
  const Dataset train(s.train, s.verify(), s.threads);
  const Dataset test(s.test, s.verify(), s.threads);
  const auto truth = cs::eval::load_truth(test, victim, s.options.probe.seed);
  const auto measured = cs::eval::measure(s.measures, train, test, s.options);
  const cs::eval::Measurement& first = measured.front();
  if (!s.save_head.empty()) {
    const auto linear = std::find_if(measured.begin(), measured.end(),
                                     [](const auto& m) { return m.probe.has_value(); });
    cs::eval::save_head(s.save_head, *linear->probe, test, step, s.output.overwrite());
  }
  if (!s.output.path.empty())
    cs::data::save_predictions(s.output.path, first.predictions, test, step, s.output.overwrite());
  for (const auto& m : measured)
    std::cout << cs::to_line(cs::eval::line_of(m, truth, s.per_class, test)) << '\n';
}

void run(const Settings& given, const cs::cli::Invocation& call) {
  Settings s = given;
  if (s.measures.empty() && s.answers.empty()) s.measures = {"linear", "knn"};
  check(s);
  cs::nn::set_threads(s.threads);
  std::optional<Dataset> victim;
  if (!s.agreement.empty()) victim.emplace(s.agreement, s.verify(), s.threads);
  if (s.answers.empty()) return judge_embeddings(s, victim ? &*victim : nullptr, call.step);
  judge_answers(s, victim ? &*victim : nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-probe", "measure embeddings with probes, and answers by their accuracy", "", 0, 0}, argc,
      argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
