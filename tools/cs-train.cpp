// cs-train: train an encoder, from images alone or from a victim's answers to them.

#include <cmath>
#include <cstdint>
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
#include "learn/method.hpp"
#include "learn/recipe.hpp"
#include "learn/session.hpp"
#include "nn/device.hpp"
#include "nn/encoder.hpp"
#include "nn/head.hpp"
#include "store/dataset.hpp"

namespace {

using cs::learn::MethodInfo;

struct Settings {
  cs::cli::Output output;
  std::string method;
  std::vector<std::filesystem::path> images, answers;
  std::string arch = "resnet18";
  std::string stem = "cifar";
  std::optional<int> size;
  cs::cli::PerChannel mean, std;
  std::map<std::string, std::string> changes;  ///< to the method's recipe, by option
  std::filesystem::path log, save_head;
  std::uint64_t seed = 0;
  int threads = 1;
  std::string device = "auto";
  std::string precision = "auto";
  bool no_verify = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  std::vector<std::string> names;
  for (const MethodInfo& info : cs::learn::methods()) names.push_back(info.name);
  cs::cli::add_output(table, s.output);
  table.choice("method", names, s.method, "How to train.")
      .paths("images", s.images, "Images to train on.")
      .paths("answers", s.answers, "A victim's answers to them, or to stored views of them.")
      .choice("arch", cs::nn::arch_names(), s.arch, "Architecture.")
      .choice("stem", {"cifar", "imagenet"}, s.stem, "First layers.")
      .whole("size", s.size, 1, 4096, "Side of the images that the encoder sees.", "the images'");
  cs::cli::add_normalization(table, s.mean, s.std);
  for (const cs::learn::RecipeOption& option : cs::learn::recipe_options())
    table.custom(option.name, option.argument, option.help, "the method's",
                 [&s, name = option.name](const std::string& value) { s.changes[name] = value; });
  table.path("log", s.log, "Write one JSON line an epoch to this file.")
      .path("save-head", s.save_head, "Write the classifier trained along as a head for cs-query.");
  cs::cli::add_seed(table, s.seed);
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
  if (!info.classifies() && !s.save_head.empty())
    throw cs::UsageError("--save-head: " + info.name + " trains no classifier; leave it out");
  if (s.log == s.output.path || s.save_head == s.output.path ||
      (!s.log.empty() && s.log == s.save_head))
    throw cs::UsageError("--output, --log and --save-head: name different files");
  for (const auto& written : {s.output.path, s.log, s.save_head}) {
    cs::refuse_same_file(written, s.images);
    cs::refuse_same_file(written, s.answers);
  }
  for (const auto& written : {s.output.path, s.save_head})
    if (!written.empty()) const cs::PendingFile early(written, s.output.overwrite());
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  cs::cli::require("output", !s.output.path.empty());
  cs::cli::require("method", !s.method.empty());
  cs::cli::require("images", !s.images.empty());
  const MethodInfo& info = cs::learn::find_method(s.method);
  const cs::learn::Defaults recipe = cs::learn::resolve_recipe(info, s.changes);
  check(s, info);
  if (cs::nn::blas_name() == "reference BLAS" && call.verbosity != cs::cli::Verbosity::kQuiet)
    std::cerr << "cs-train: LibTorch runs on reference BLAS, 17 to 30 times slower than it could; "
                 "install libopenblas0-pthread\n";

  const auto verify = s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll;
  const cs::store::Dataset images(s.images, verify, s.threads);
  using cs::data::Labels;
  const cs::data::TrainingSet set =
      info.answers ? cs::data::load_training_set(
                         images, cs::store::Dataset(s.answers, verify, s.threads), *info.answers)
                   : cs::data::load_training_set(
                         images, info.needs_labels ? Labels::kRead : Labels::kIgnore);
  cs::learn::SessionOptions options;
  options.encoder.arch = s.arch;
  options.encoder.stem = cs::nn::parse_stem(s.stem);
  options.size = s.size.value_or(0);
  options.encoder.input.mean = s.mean.value_or(options.encoder.input.mean);
  options.encoder.input.std = s.std.value_or(options.encoder.input.std);
  options.seed = s.seed;
  options.threads = s.threads;
  options.device = cs::nn::parse_device(s.device);
  options.precision = cs::nn::parse_precision(s.precision, options.device, cs::nn::Work::kTraining);
  cs::learn::EpochLog log(s.log);
  cs::cli::Progress progress("epochs", static_cast<std::uint64_t>(recipe.epochs), call.verbosity);
  options.on_epoch = [&](const cs::learn::EpochReport& r) {
    log.write(r);
    progress.note("epoch " + std::to_string(r.epoch) + "  loss " + cs::to_text(r.loss) + "  " +
                  std::to_string(std::llround(r.images_per_second)) + " images/s");
    progress.add(1);
  };
  const cs::learn::Trained trained = cs::learn::train_encoder(info, recipe, set, options);

  cs::Json line = call.step;
  line["precision"] = cs::nn::to_string(options.precision);
  for (const cs::Digest& input : set.fingerprints) line["inputs"].push_back(input.hex());
  const cs::Json history = cs::Json::array({line});
  const cs::Digest saved = cs::nn::save_encoder(
      s.output.path, trained.encoder,
      {{"method", cs::learn::describe(info, recipe, set)}, {"history", history}},
      s.output.overwrite());
  if (!s.save_head.empty())
    cs::nn::save_head(s.save_head, *trained.head, {{"encoder", saved.hex()}, {"history", history}},
                      s.output.overwrite());
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-train", "train an encoder from images, or from a victim's answers", "", 0, 0}, argc,
      argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
