// Takes two steps with every training method on a small encoder, as a run takes them, for
// methods_reference.py to take again.
//
// usage: methods_export FOLDER SEED [CASE...]. Writes, for all cases or for those named,
// FOLDER/CASE.safetensors: what went in (images.STEP, answers.STEP, labels.STEP, before.WEIGHT) and
// what came out (loss.STEP, after.WEIGHT); the metadata's "method" names the method and "settings"
// are its numbers as JSON.

#include <ATen/ATen.h>
#include <torch/optim/sgd.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/file.hpp"
#include "core/json.hpp"
#include "methods/list.hpp"
#include "methods/recipe_options.hpp"
#include "nn/init.hpp"
#include "nn/state.hpp"

namespace {

namespace methods = cs::methods;
namespace nn = cs::nn;

constexpr std::int64_t kBatch = 8;
constexpr std::int64_t kClasses = 5;
constexpr std::int64_t kWidth = 24;      // of a surrogate's embeddings
constexpr std::int64_t kSteps = 2;       // of the
constexpr std::int64_t kStepsInAll = 4;  // that the run would have

using Changes = std::map<std::string, std::string>;

/// A method with small layers, and every option stated that the reference must know.
struct Case {
  std::string name;
  const methods::MethodInfo* method = nullptr;
  double lr = 0.1;
  methods::Recipe recipe;
  bool softmax = false;
  std::int64_t answer_width = kWidth;
};

/// The method's recipe of this name with small layers, EMA decays far from 1, a queue that a step's
/// 16 keys fill with the second step's going round its end, and `changes` where it has such
/// options.
Case make_case(const methods::MethodInfo& info, const std::string& recipe, Changes changes = {}) {
  // At which two steps change weights by some hundredths of themselves.
  static const std::map<std::string, double> kRates = {
      {"moco", 0.01}, {"byol", 0.01},          {"simsiam", 0.01},
      {"mse", 0.5},   {"cosine", 0.5},         {"infonce", 0.05},
      {"softnn", 5},  {"barlow", 0.001},       {"stolen-encoder", 0.002},
      {"rda", 0.02},  {"simclr-lightly", 0.01}};
  changes.insert({{"projector", "16,12"},
                  {"predictor", "10"},
                  {"ema", "0.8"},
                  {"ema-end", "0.95"},
                  {"queue", "20"},
                  {"views", "3"}});
  Changes known;
  for (const auto& option : methods::effective_options(info, info.recipe(recipe)))
    if (const auto at = changes.find(option.name); at != changes.end()) known.insert(*at);
  Case c;
  c.method = &info;
  c.name = info.name + (recipe.empty() ? "" : "-" + recipe);
  for (const std::string& name : {info.name, c.name})
    if (const auto rate = kRates.find(name); rate != kRates.end()) c.lr = rate->second;
  c.recipe = methods::resolve_recipe(info, recipe, known);
  if (info.images(c.recipe) != 2) c.recipe.views = 3;  // has an effect where there are several
  return c;
}

Case posterior_case(const std::string& name, double lr, const std::string& loss, bool softmax) {
  Case c = make_case(methods::find_method("posterior"), "", {{"posterior-loss", loss}});
  c.name = "posterior-" + name;
  c.lr = lr;
  c.softmax = softmax;
  return c;
}

/// All recipes of all methods, and what options make of them.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const methods::MethodInfo& info : methods::methods())
    for (const methods::Recipe& recipe : info.recipes)
      all.push_back(make_case(info, recipe.name,
                              recipe.name == "lightly" ? Changes{{"bn-splits", "2"}} : Changes{}));
  all.push_back(posterior_case("softmax", 1, "mse", true));
  all.push_back(posterior_case("kl", 0.1, "kl", true));
  all.push_back(posterior_case("kl-logits", 0.1, "kl", false));
  Case adapted = make_case(methods::find_method("mse"), "", {{"adapter", "linear"}});
  adapted.name = "mse-adapter";
  adapted.answer_width = 20;
  all.push_back(adapted);
  return all;
}

nn::Encoder make_encoder(bool imitates) {
  nn::EncoderConfig config;
  config.arch = "resnet10";
  config.width = imitates ? kWidth : 0;
  nn::Encoder encoder = nn::make_encoder(config);
  nn::initialize(*encoder, 1);
  return encoder;
}

methods::MethodSetup setup_of(const Case& c) {
  methods::MethodSetup setup;
  setup.recipe = c.recipe;
  setup.softmax = c.softmax;
  setup.classes = kClasses;
  setup.answer_width = c.answer_width;
  setup.seed = 7;
  return setup;
}

methods::Targets make_targets(const methods::MethodInfo& info, const Case& c) {
  const at::Tensor labels = at::randint(0, kClasses, {kBatch}, at::kLong);
  if (info.needs_labels) return {{}, labels};
  if (!info.answers) return {};
  if (*info.answers == cs::data::AnswerKind::kPrediction) return {labels, {}};
  if (*info.answers == cs::data::AnswerKind::kPosterior) {
    const at::Tensor logits = at::randn({kBatch, kClasses});
    return {c.softmax ? logits.softmax(1) : logits, {}};
  }
  const std::int64_t rows = info.views == methods::Views::kAnsweredPair ? 2 * kBatch : kBatch;
  // Neither at length 1 nor around 0: a mean of a few directions is not, either.
  return {0.2 * at::randn({rows, c.answer_width}) + 0.05, {}};
}

void keep(nn::State& state, const std::string& prefix, const torch::nn::Module& module) {
  for (const auto& [name, tensor] : nn::state_of(module))
    state.emplace_back(prefix + name, tensor.detach().clone());
}

torch::optim::SGD make_optimizer(const methods::Method& method, double lr) {
  std::vector<at::Tensor> trained;
  for (const at::Tensor& weight : method.parameters())
    if (weight.requires_grad()) trained.push_back(weight);
  return torch::optim::SGD(trained, torch::optim::SGDOptions(lr).momentum(0.9).weight_decay(5e-4));
}

nn::State run(const Case& c) {
  const methods::MethodInfo& info = *c.method;
  const auto method =
      methods::make_method(info, make_encoder(info.answers.has_value()), setup_of(c));
  method->train();
  nn::State state;
  keep(state, "before.", *method);
  torch::optim::SGD optimizer = make_optimizer(*method, c.lr);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const std::string number = "." + std::to_string(step);
    const at::Tensor images = at::randn({info.images(c.recipe) * kBatch, 3, 16, 16});
    const methods::Targets targets = make_targets(info, c);
    const at::Tensor loss = method->loss(method->forward(images), targets);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    method->after_step(step, kStepsInAll);
    state.emplace_back("images" + number, images);
    if (targets.answers.defined()) state.emplace_back("answers" + number, targets.answers);
    if (targets.labels.defined()) state.emplace_back("labels" + number, targets.labels);
    state.emplace_back("loss" + number, loss.detach());
  }
  keep(state, "after.", *method);
  return state;
}

cs::Json describe(const Case& c) {
  cs::Json settings;
  for (const auto& option : methods::options_of(*c.method))
    settings[option.name] = option.state(c.recipe);
  settings["recipe"] = c.recipe.name;
  settings["lr"] = c.lr;
  settings["batch"] = kBatch;
  settings["steps"] = kStepsInAll;
  settings["softmax"] = c.softmax;
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: methods_export FOLDER SEED [CASE...]\n";
    return 2;
  }
  const std::set<std::string> wanted(argv + 3, argv + argc);
  try {
    for (const Case& c : cases()) {
      if (!wanted.empty() && wanted.count(c.name) == 0) continue;
      at::manual_seed(std::stoull(argv[2]));
      const std::string bytes = nn::to_safetensors(
          run(c), {{"method", c.method->name}, {"settings", cs::to_line(describe(c))}});
      cs::write_file(std::filesystem::path(argv[1]) / (c.name + ".safetensors"), bytes,
                     cs::Overwrite::kAllow);
    }
    std::string names;
    for (const methods::MethodInfo& info : methods::methods()) names += info.name + '\n';
    std::cout << names << std::flush;
  } catch (const std::exception& e) {
    std::cerr << "methods_export: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
