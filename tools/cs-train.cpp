// cs-train: train an encoder, from images alone or from a victim's answers to them.

#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/progress.hpp"
#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "data/training_set.hpp"
#include "methods/list.hpp"
#include "methods/recipe_options.hpp"
#include "nn/device.hpp"
#include "nn/encoder.hpp"
#include "store/dataset.hpp"
#include "train/session.hpp"

namespace {

using cs::methods::MethodInfo;

struct Settings {
  cs::cli::Output output;
  std::string method, recipe, arch;
  std::optional<cs::nn::Stem> stem;
  std::vector<std::filesystem::path> images, answers;
  cs::train::SessionOptions options;
  cs::train::SessionFiles files;
  cs::cli::PerChannel mean, std;
  std::optional<int> threads;
  std::map<std::string, std::string> changes;  ///< to the method's recipe, by option
  std::string device = "auto";
  std::string precision = "auto";
  bool no_verify = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  std::vector<std::string> names;
  for (const MethodInfo& info : cs::methods::methods()) names.push_back(info.name);
  cs::cli::add_output(table, s.output);
  table.choice("method", names, s.method, "How to train. " + cs::methods::summaries())
      .paths("images", s.images, "Images to train on.")
      .paths("answers", s.answers, "A victim's answers to the images, or to stored views of them.")
      .path("init", s.files.init, "Encoder to start from, instead of random weights.")
      .custom("prefix", "TEXT", "What the names of one of several networks of --init begin with.",
              "", [&s](const std::string& value) { s.files.init_network.prefix = value; })
      .choice("arch", cs::nn::arch_names(), s.arch, "Architecture.", "resnet18")
      .custom("stem", cs::nn::kStemForms, "First layers.", "cifar",
              [&s](const std::string& value) { s.stem = cs::nn::parse_stem(value); })
      .custom("size", "N", "Side of the encoder's input in pixels.", "the images'",
              [&s](const std::string& value) {
                s.options.size = static_cast<int>(cs::parse_unsigned("--size", value, 1, 4096));
              });
  cs::cli::add_normalization(table, s.mean, s.std);
  table.choice("recipe", cs::methods::recipe_names(), s.recipe, "Source of the method's defaults.",
               "the method's first");
  for (const cs::methods::RecipeOption& option : cs::methods::recipe_options())
    table.custom(option.name, option.argument, option.help, "the method's",
                 [&s, name = option.name](const std::string& value) { s.changes[name] = value; });
  constexpr auto kNo = cs::cli::Recorded::kNo;
  table.path("log", s.files.log, "Write one JSON line for each epoch to this file.")
      .path("save-head", s.files.save_head, "Write the classifier as a head for cs-query.")
      .number("checkpoint-every", s.files.checkpoint_minutes, 0, 1e6,
              "Minutes between checkpoints.", kNo)
      .flag("restart", s.files.restart, "Start over even if a checkpoint exists.", kNo);
  cs::cli::add_seed(table, s.options.seed);
  cs::cli::add_threads(table, s.threads);
  cs::cli::add_device(table, s.device, s.precision);
  cs::cli::add_verify(table, s.no_verify);
}

/// Refuses what would be ignored, or is missing, before anything is opened.
void check(const Settings& s, const MethodInfo& info) {
  if (info.answers && s.answers.empty())
    throw cs::UsageError("--answers: is missing; " + info.name + " learns from a victim's answers");
  if (!info.answers && !s.answers.empty())
    throw cs::UsageError("--answers: " + info.name + " asks no victim; leave it out");
  if (!info.classifies() && !s.files.save_head.empty())
    throw cs::UsageError("--save-head: " + info.name + " trains no classifier; leave it out");
  if (s.files.init.empty() && s.files.init_network.prefix)
    throw cs::UsageError("--prefix: goes with --init");
}

cs::train::SessionFiles session_files(const Settings& s) {
  cs::train::SessionFiles files = s.files;
  if (!s.arch.empty()) files.init_network.arch = s.arch;
  files.init_network.stem = s.stem;
  files.init_network.mean = s.mean;
  files.init_network.std = s.std;
  files.output = s.output.path;
  files.overwrite = s.output.overwrite();
  std::vector<std::filesystem::path> inputs = s.images;
  inputs.insert(inputs.end(), s.answers.begin(), s.answers.end());
  inputs.push_back(files.init);
  check_files(files, inputs);
  return files;
}

cs::train::SessionOptions session_options(const Settings& s) {
  cs::train::SessionOptions options = s.options;
  if (!s.arch.empty()) options.encoder.arch = s.arch;
  if (s.stem) options.encoder.stem = *s.stem;
  options.encoder.input.mean = s.mean.value_or(options.encoder.input.mean);
  options.encoder.input.std = s.std.value_or(options.encoder.input.std);
  options.device = cs::nn::parse_device(s.device);
  options.precision = cs::nn::parse_precision(s.precision, options.device, cs::nn::Work::kTraining);
  return options;
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  cs::cli::require("output", !s.output.path.empty());
  cs::cli::require("method", !s.method.empty());
  cs::cli::require("images", !s.images.empty());
  const MethodInfo& info = cs::methods::find_method(s.method);
  const cs::methods::Recipe recipe = cs::methods::resolve_recipe(info, s.recipe, s.changes);
  check(s, info);
  const cs::train::SessionFiles files = session_files(s);
  const auto warn = [&call](const std::string& what) {
    if (call.verbosity != cs::cli::Verbosity::kQuiet) std::cerr << "cs-train: " << what << '\n';
  };
  if (cs::nn::blas_name() == "reference BLAS")
    warn(
        "LibTorch runs on reference BLAS, 17 to 30 times slower than it could; install "
        "libopenblas0-pthread");
  const int threads = s.threads.value_or(cs::cli::default_threads());
  const auto verify = s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll;
  const cs::store::Dataset images(s.images, verify, threads);
  using cs::data::Labels;
  const cs::data::TrainingSet set =
      info.answers ? cs::data::load_training_set(
                         images, cs::store::Dataset(s.answers, verify, threads), *info.answers)
                   : cs::data::load_training_set(
                         images, info.needs_labels ? Labels::kRead : Labels::kIgnore);
  cs::cli::Progress progress("epochs", static_cast<std::uint64_t>(recipe.epochs), call.verbosity);
  cs::train::SessionOptions options = session_options(s);
  options.threads = threads;
  options.share_cores = !s.threads;
  options.on_threads = [&](int used) {
    if (used == 1)
      warn(
          "training: other processes need the cores; goes on with one thread until they are free "
          "(a number of --threads is kept)");
  };
  options.on_epoch = [&, collapsed = false](const cs::train::EpochReport& r) mutable {
    progress.note(cs::train::line(r, recipe.epochs));
    progress.add(1);
    if (r.collapsed() && !collapsed)
      warn("training: collapsed in epoch " + std::to_string(r.epoch) +
           ": all images have nearly the same embedding; try another --lr, --batch or --recipe");
    collapsed = r.collapsed();
  };
  cs::train::train_and_save(info, recipe, set, options, files, call.step);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-train", "train an encoder from images, or from a victim's answers", "", 0, 0}, argc,
      argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
