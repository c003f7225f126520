// cs-query: query an encoder with every image of a dataset.

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "answers/merge.hpp"
#include "answers/query.hpp"
#include "answers/shard.hpp"
#include "cli/progress.hpp"
#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/parse.hpp"
#include "nn/architectures.hpp"
#include "nn/device.hpp"
#include "records/images.hpp"
#include "store/dataset.hpp"
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
  std::filesystem::path cache;
  std::vector<std::string> from_caches;
  std::optional<std::string> account;
  std::optional<std::uint64_t> budget;
  std::optional<double> price;
  bool dry_run = false;
  int threads = 1;
  bool no_verify = false;
};

void declare_cache(cs::cli::OptionTable& table, Settings& s) {
  using cs::cli::Recorded;
  table.path("cache", s.cache, "Folder that keeps the answers, so that no image is sent twice.")
      .texts("from-cache", "FILE", s.from_caches, "Another cache, to merge into it first.",
             Recorded::kNo)
      .custom(
          "account", "NAME", "Account in the cache's ledger that the images are counted for.",
          "attack",
          [&s](const std::string& v) { s.account = cs::answers::parse_account("--account", v); },
          Recorded::kNo)
      .whole("budget", s.budget, 0, UINT64_MAX,
             "Largest number of images that the account may ever send to this victim.", "",
             Recorded::kNo)
      .custom(
          "price", "P", "Cost of one call, for --dry-run.", "0",
          [&s](const std::string& v) { s.price = cs::parse_number("--price", v, 0, 1e9); },
          Recorded::kNo)
      .flag("dry-run", s.dry_run, "Send nothing; print as JSON what would be sent, and its price.",
            Recorded::kNo);
}

/// What weights of other programs do not say.
void declare_network(cs::cli::OptionTable& table, cs::victim::VictimOptions& asked) {
  const auto join = [](const std::vector<std::string>& words) { return cs::join(words, "|"); };
  table
      .custom("arch", join(cs::nn::arch_names()), "Architecture of weights that do not say it.", "",
              [&asked](const std::string& v) { asked.arch = cs::nn::find_architecture(v).name; })
      .custom("stem", cs::nn::kStemForms, "Their first layers.", "",
              [&asked](const std::string& v) { asked.stem = cs::nn::parse_stem(v); })
      .custom("victim-output", "NAME", "The output that answers, of a victim with several.", "",
              [&asked](const std::string& v) { asked.output = v; })
      .custom("prefix", "TEXT",
              "What the names of one network begin with, where they are those of several.", "",
              [&asked](const std::string& v) { asked.prefix = v; });
}

/// How an image becomes what the victim reads.
void declare_input(cs::cli::OptionTable& table, cs::victim::VictimOptions& asked) {
  table
      .whole("input-size", asked.input_size, 1, 4096,
             "Side that images are resized to, for a victim that does not state its own.",
             "the shard's")
      .custom("resize", cs::victim::kResizes.choices(), "How they are resized.", "bilinear",
              [&asked](const std::string& v) { asked.resize = cs::victim::kResizes.parse(v); })
      .custom("fit", cs::victim::kFits.choices(),
              "What makes a square of them: both sides are scaled, or the longer one is cut.",
              "squash", [&asked](const std::string& v) { asked.fit = cs::victim::kFits.parse(v); })
      .custom("channels", cs::victim::kChannels.choices(), "Order of the victim's channels.", "rgb",
              [&asked](const std::string& v) { asked.channels = cs::victim::kChannels.parse(v); })
      .custom("scale", cs::victim::kScales.choices(),
              "White before mean and std are applied, and the unit of both.", "1",
              [&asked](const std::string& v) { asked.scale = cs::victim::kScales.parse(v); });
  cs::cli::add_normalization(table, asked.mean, asked.std, "the pixels");
  table.custom("layout", cs::victim::kLayouts.choices(),
               "Order of the axes of a batch, for TorchScript.", "nchw",
               [&asked](const std::string& v) { asked.layout = cs::victim::kLayouts.parse(v); });
}

void declare(cs::cli::OptionTable& table, Settings& s) {
  cs::cli::add_output(table, s.output);
  table
      .text("victim", cs::victim::kVictimForms, s.victim,
            "The victim: " + std::string(cs::victim::kVictimKinds) + ".", cs::cli::Recorded::kNo)
      .flag("allow-code", s.allow_code, "Run a TorchScript victim: such a file is a program.",
            cs::cli::Recorded::kNo);
  declare_input(table, s.asked);
  table.custom("victim-name", "NAME", "Whose recorded answers these are.", "",
               [&s](const std::string& v) { s.asked.name = v; });
  declare_network(table, s.asked);
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
  cs::cli::add_threads(table, s.threads);
  cs::cli::add_verify(table, s.no_verify);
}

std::vector<std::filesystem::path> paths(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

void remark(const std::string& what) { std::cerr << "cs-query: " << what << '\n'; }

/// What the command line says of the victim.
cs::victim::VictimOptions victim_options(const Settings& s) {
  cs::victim::VictimOptions options = s.asked;
  options.allow_code = s.allow_code ? cs::victim::AllowCode::kYes : cs::victim::AllowCode::kNo;
  options.threads = s.threads;
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
  if (s.cache.empty() && (s.account || s.budget))
    throw cs::UsageError("--account and --budget: need a --cache, which holds the ledger");
  cs::victim::check(s.victim, victim_options(s));
  if (!s.cache.empty() && cs::victim::recording_of(s.victim))
    throw cs::UsageError("--cache: recorded answers are kept already; leave it out");
  if (s.dtype != "f32" && s.asked.answer == cs::answers::AnswerKind::kPrediction)
    throw cs::UsageError("--dtype: has no effect on labels, which are whole numbers");
  if (s.cache.empty() && !s.from_caches.empty())
    throw cs::UsageError("--from-cache: needs a --cache to merge into");
  if (s.price && !s.dry_run) throw cs::UsageError("--price: goes with --dry-run");
}

/// Without images, caches are merged and nothing is asked.
void merge_only(const Settings& s) {
  if (s.from_caches.empty() || !s.victim.empty() || !s.output.path.empty() || s.dry_run)
    throw cs::UsageError("missing operand: IN...");
  cs::cli::require("cache", !s.cache.empty());
  std::vector<cs::answers::Merged> all;
  cs::answers::open_merged(s.cache, paths(s.from_caches), all);
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
  const cs::store::Dataset input(
      call.operands, s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll, s.threads);
  if (!s.dry_run) cs::refuse_same_file(s.output.path, call.operands);
  if (input.count() == 0) throw cs::DataError(input.name(), "holds no image to ask about");
  const auto victim = cs::victim::open_victim(s.victim, victim_options(s, input));
  const cs::answers::Account account{s.account.value_or("attack"), s.budget};
  if (s.dry_run) {
    const cs::answers::DryRun plan{s.cache, account, s.price.value_or(0), s.threads,
                                   paths(s.from_caches)};
    std::cout << cs::to_line(cs::answers::estimate(*victim, input, plan)) << "\n";
    return;
  }
  cs::Json step = call.step;
  cs::answers::AnswerInfo info = victim->info();
  info.of = input.header().fingerprint;
  step["victim"] = info.victim.id;

  std::unique_ptr<cs::answers::AnswerCache> cache;
  std::vector<cs::answers::Merged> all;
  if (!s.cache.empty()) cache = cs::answers::open_merged(s.cache, paths(s.from_caches), all);
  for (const auto& merged : all)
    if (merged.different > 0) remark(cs::answers::remark_on(merged));
  cs::answers::AnswerShard answers(s.output.path, s.output.overwrite(),
                                   s.dtype == "f16" ? cs::store::Type::kF16 : cs::store::Type::kF32,
                                   input, info, step);
  cs::cli::Progress progress("images", input.count(), call.verbosity);
  cs::answers::query_images(
      *victim, input,
      {s.threads, cache.get(), account, [&](std::uint64_t images) { progress.add(images); }},
      [&](const cs::answers::Answers& more) { answers.append(more); });
  answers.close();
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
