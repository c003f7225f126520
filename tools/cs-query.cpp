// cs-query: query an encoder with every image of a dataset.

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "answers/estimate.hpp"
#include "answers/merge.hpp"
#include "answers/run.hpp"
#include "cli/progress.hpp"
#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/parse.hpp"
#include "nn/device.hpp"
#include "records/images.hpp"
#include "store/dataset.hpp"
#include "victim/declare.hpp"
#include "victim/open.hpp"

namespace {

struct Settings {
  cs::cli::Output output;
  std::string victim;
  bool allow_code = false;
  cs::victim::VictimOptions asked;
  std::string dtype = "f32";
  std::string device = "auto";
  std::string precision = "auto";
  cs::answers::RunOptions plan;
  bool names_account = false;
  bool dry_run = false;
  bool no_verify = false;
};

void declare_cache(cs::cli::OptionTable& table, Settings& s) {
  using cs::cli::Recorded;
  table
      .path("cache", s.plan.cache, "Folder that keeps the answers, so that no image is sent twice.")
      .paths("from-cache", s.plan.from, "Another cache, to merge into it first.", "FILE")
      .custom(
          "account", "NAME", "Account in the cache's ledger that the images are counted for.",
          "attack",
          [&s](const std::string& v) {
            s.plan.account.name = cs::answers::parse_account("--account", v);
            s.names_account = true;
          },
          Recorded::kNo)
      .whole("budget", s.plan.account.budget, 0, UINT64_MAX,
             "Largest number of images that the account may ever send to this victim.", "",
             Recorded::kNo)
      .custom(
          "price", "P", "Cost of one call, for --dry-run.", "0",
          [&s](const std::string& v) { s.plan.price = cs::parse_number("--price", v, 0, 1e9); },
          Recorded::kNo)
      .flag("dry-run", s.dry_run, "Send nothing; print as JSON what would be sent, and its price.",
            Recorded::kNo);
}

void declare_checks(cs::cli::OptionTable& table, cs::answers::RunOptions& plan) {
  using cs::cli::Recorded;
  table.whole("repeats", plan.repeats, 1, 1000000, "Answers to keep for each image.", Recorded::kNo)
      .whole("repeat-check", plan.repeat_check, 0, 1000000,
             "Ask about N images once more, and print how far the answers differ.", Recorded::kNo)
      .whole("canaries", plan.canaries, 0, 1000000,
             "Cached images to ask about again at the start.", "3 for a service, else 0",
             Recorded::kNo)
      .number("tolerance", plan.tolerance, 0, 1e9,
              "Relative difference up to which canaries count as equal.", Recorded::kNo)
      .flag("new-epoch", plan.new_epoch,
            "If canaries differ, keep further answers apart instead of stopping.", Recorded::kNo);
}

void declare(cs::cli::OptionTable& table, Settings& s) {
  cs::cli::add_output(table, s.output);
  table
      .text("victim", cs::victim::kVictimForms, s.victim,
            "The victim: " + std::string(cs::victim::kVictimKinds) + ".", cs::cli::Recorded::kNo)
      .flag("allow-code", s.allow_code, "Run a TorchScript victim: such a file is a program.",
            cs::cli::Recorded::kNo);
  cs::victim::declare_input(table, s.asked);
  cs::victim::declare_network(table, s.asked);
  table.path("head", s.asked.head, "Linear classifier on the victim, for posteriors and labels.")
      .custom("answer", cs::answers::kAnswerKinds.choices(), "What the victim returns.",
              "embedding",
              [&s](const std::string& v) { s.asked.answer = cs::answers::kAnswerKinds.parse(v); })
      .custom(
          "posterior", cs::answers::kPosteriorForms.choices(), "Form of posteriors.", "logits",
          [&s](const std::string& v) { s.asked.posterior = cs::answers::kPosteriorForms.parse(v); })
      .whole("batch", s.asked.batch, 1, 65536, "Images that the victim sees at a time.",
             "128, fewer of large images")
      .choice("dtype", {"f32", "f16"}, s.dtype, "Type in which answers are stored.");
  cs::cli::add_device(table, s.device, s.precision);
  declare_cache(table, s);
  declare_checks(table, s.plan);
  cs::cli::add_threads(table, s.plan.threads);
  cs::cli::add_verify(table, s.no_verify);
}

void remark(const std::string& what) { std::cerr << "cs-query: " << what << '\n'; }

/// What the command line says of the victim.
cs::victim::VictimOptions victim_options(const Settings& s) {
  cs::victim::VictimOptions options = s.asked;
  options.allow_code = s.allow_code ? cs::victim::AllowCode::kYes : cs::victim::AllowCode::kNo;
  options.threads = s.plan.threads;
  options.remark = remark;
  options.device = cs::nn::parse_device(s.device);
  options.precision =
      cs::nn::parse_precision(s.precision, options.device, cs::nn::Work::kInference);
  return options;
}

cs::victim::VictimOptions victim_options(const Settings& s, const cs::store::Dataset& input) {
  cs::victim::VictimOptions options = victim_options(s);
  options.images = &input;
  if (!cs::records::is_encoded(input)) {
    const auto& shape = input.require(cs::store::Column::kImage).shape;
    options.image_size = shape.at(0);
    options.image_width = shape.size() == 3 ? shape[1] : shape[0];
  }
  return options;
}

void check(const Settings& s) {
  cs::cli::require("output", s.dry_run || !s.output.path.empty());
  cs::cli::require("victim", !s.victim.empty());
  if (s.plan.cache.empty() && (s.names_account || s.plan.account.budget))
    throw cs::UsageError("--account and --budget: need a --cache, which holds the ledger");
  cs::victim::check(s.victim, victim_options(s));
  if (cs::victim::recording_of(s.victim) && (!s.plan.cache.empty() || s.plan.repeat_check > 0))
    throw cs::UsageError(
        "--cache and --repeat-check: recorded answers are kept already and never change; leave "
        "them out");
  if (s.dtype != "f32" && s.asked.answer == cs::answers::AnswerKind::kPrediction)
    throw cs::UsageError("--dtype: has no effect on labels, which are whole numbers");
  cs::answers::check(s.plan);
  if (s.plan.price && !s.dry_run) throw cs::UsageError("--price: goes with --dry-run");
}

/// Without images, caches are merged and nothing is asked.
void merge_only(const Settings& s) {
  if (s.plan.from.empty() || !s.victim.empty() || !s.output.path.empty() || s.dry_run ||
      s.names_account || s.plan.account.budget)
    throw cs::UsageError("missing operand: IN...");
  cs::cli::require("cache", !s.plan.cache.empty());
  std::vector<cs::answers::Merged> all;
  cs::answers::open_merged(s.plan.cache, s.plan.from, all);
  for (const auto& merged : all) std::cout << cs::to_line(cs::answers::to_json(merged)) << "\n";
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  if (call.operands.empty()) return merge_only(s);
  check(s);
  if (!s.dry_run) {  // before anything is asked
    const std::filesystem::path victim = cs::victim::recording_of(s.victim).value_or(s.victim);
    cs::refuse_same_file(s.output.path, std::vector<std::filesystem::path>{victim, s.asked.head});
    const cs::Pending early = cs::Pending::file(s.output.path, s.output.overwrite());
  }
  const cs::store::Dataset input(call.operands,
                                 s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll,
                                 s.plan.threads);
  if (!s.dry_run) cs::refuse_same_file(s.output.path, call.operands);
  if (input.count() == 0) throw cs::DataError(input.name(), "holds no image to ask about");
  const auto victim = cs::victim::open_victim(s.victim, victim_options(s, input));
  if (s.dry_run) {
    std::cout << cs::to_line(cs::answers::estimate(*victim, input, s.plan)) << "\n";
    return;
  }
  cs::cli::Progress progress("images", input.count() * s.plan.repeats, call.verbosity);
  cs::answers::answer_images(
      *victim, input, s.plan,
      {s.output.path, s.output.overwrite(),
       s.dtype == "f16" ? cs::store::Type::kF16 : cs::store::Type::kF32},
      call.step,
      {[&](std::uint64_t answers) { progress.add(answers); }, remark,
       [](const cs::Json& line) { std::cout << cs::to_line(line) << "\n"; }});
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-query", "query an encoder with every image of a dataset", "IN...", 0, SIZE_MAX,
       cs::cli::Heap::kShared},
      argc, argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
