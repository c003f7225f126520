// cs-probe: measure embeddings with probes, and answers by their accuracy.

#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "eval/line.hpp"
#include "eval/measures.hpp"
#include "eval/outputs.hpp"
#include "nn/device.hpp"

namespace {

using cs::eval::Input;
using cs::eval::Measure;

struct Settings {
  std::map<Input, std::vector<std::filesystem::path>> inputs;
  std::vector<Measure> all = cs::eval::all_measures();
  std::string names;            ///< of measures; empty: those by default
  std::set<std::string> given;  ///< options of measures
  bool per_class = false;
  std::filesystem::path save_head;
  cs::cli::Output output;
  std::uint64_t seed = 0;
  int threads = 1;
  bool no_verify = false;

  bool has(Input input) const { return !inputs.at(input).empty(); }
  std::vector<const Measure*> measures() const {
    const bool on_answers = has(Input::kAnswers);
    return choose(all, names.empty() ? default_names(all, on_answers) : names);
  }
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  for (const auto& input : cs::eval::all_inputs())
    table.paths(input.name, s.inputs[input.input], input.help);
  table.custom("measure", "LIST", "Measures, separated by commas: " + summaries(s.all) + ".",
               default_names(s.all, /*on_answers=*/false), [&s](const std::string& text) {
                 choose(s.all, text);
                 s.names = text;
               });
  // Backwards, as histories have always listed them: a head's bytes are part of a victim's id.
  for (auto measure = s.all.rbegin(); measure != s.all.rend(); ++measure)
    for (const auto& option : measure->options)
      table.custom(option.names, option.argument, option.help, option.fallback,
                   [&s, &option](const std::string& text) {
                     option.set(text);
                     s.given.insert(option.name());
                   });
  table.flag("per-class", s.per_class, "Add the accuracy for each class.")
      .path("save-head", s.save_head, "Write the linear probe as a head for cs-query.");
  cs::cli::add_output(table, s.output);
  cs::cli::add_seed(table, s.seed);
  cs::cli::add_threads(table, s.threads);
  cs::cli::add_verify(table, s.no_verify);
}

/// Refuses outputs that no measure gives, that several give, or that exist.
void check_outputs(const Settings& s, const std::vector<const Measure*>& measures) {
  bool head = false;
  for (const Measure* measure : measures) head = head || measure->gives_head;
  if (!s.save_head.empty() && !head)
    throw cs::UsageError("--save-head",
                         "none of the measures gives a head; name one in --measure that does");
  if (!s.output.path.empty() && measures.size() != 1)
    throw cs::UsageError("--output", "takes one measure's predictions; choose with --measure");
  if (!s.output.path.empty() && !measures.front()->gives_predictions)
    throw cs::UsageError("--output", measures.front()->name + " gives no predictions to keep");
  if (!s.save_head.empty() && s.save_head == s.output.path)
    throw cs::UsageError("--output and --save-head", "name different files");
  for (const auto& written : {s.output.path, s.save_head}) {
    if (written.empty()) continue;
    for (const auto& [input, paths] : s.inputs) cs::refuse_same_file(written, paths);
    const cs::Pending early = cs::Pending::file(written, s.output.overwrite());
  }
}

cs::eval::Sets open_sets(const Settings& s) {
  const auto verify = s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll;
  std::map<Input, cs::store::Dataset> sets;
  for (const auto& [input, paths] : s.inputs)
    if (!paths.empty()) sets.try_emplace(input, paths, verify, s.threads);
  return {std::move(sets), s.seed};
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  const std::vector<const Measure*> measures = s.measures();
  std::set<Input> given;
  for (const auto& input : cs::eval::all_inputs())
    if (s.has(input.input)) given.insert(input.input);
  check_inputs(measures, given);
  check_options(s.all, measures, s.given);
  check_outputs(s, measures);
  cs::nn::set_threads(s.threads);
  const cs::eval::Sets sets = open_sets(s);
  const auto per_class = s.per_class ? cs::eval::PerClass::kYes : cs::eval::PerClass::kNo;
  std::vector<cs::eval::Finding> findings;
  std::string lines;
  for (const Measure* measure : measures) {
    findings.push_back(measure->compute(sets));
    lines += cs::to_line(line_of(*measure, findings.back(), sets, per_class)) + '\n';
  }
  for (const auto& finding : findings) {
    if (!s.save_head.empty() && finding.head)
      save_head(s.save_head, *finding.head, sets, call.step, s.output.overwrite());
    if (!s.output.path.empty())
      save_predictions(s.output.path, *finding.predictions, sets, call.step, s.output.overwrite());
  }
  std::cout << lines;
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-probe", "measure embeddings with probes, and answers by their accuracy", "", 0, 0}, argc,
      argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
