// Takes two steps with every training method on a small encoder, as a run takes them, for
// methods_reference.py to take again.
//
// usage: methods_export FOLDER SEED. Writes FOLDER/CASE.safetensors: what went in (images.STEP,
// answers.STEP, labels.STEP, before.WEIGHT) and what came out (loss.STEP, after.WEIGHT); the
// metadata's "method" names the method and "settings" are its numbers as JSON.

#include <ATen/ATen.h>
#include <torch/optim/sgd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "core/file.hpp"
#include "core/json.hpp"
#include "methods/method.hpp"
#include "nn/state.hpp"

namespace {

namespace methods = cs::methods;
namespace nn = cs::nn;

constexpr std::int64_t kBatch = 8;
constexpr std::int64_t kClasses = 5;
constexpr std::int64_t kWidth = 24;      // of a surrogate's embeddings
constexpr std::int64_t kSteps = 2;       // of the
constexpr std::int64_t kStepsInAll = 4;  // that the run would have

struct Case {
  std::string name;
  std::string method;
  double lr = 0.1;  // so that two steps change weights by some hundredths of themselves
  methods::Recipe recipe;
  bool softmax = false;
  std::int64_t answer_width = kWidth;
};

Case make_case(const std::string& method, double lr, const std::string& variant = "") {
  Case c{method + (variant.empty() ? "" : "-" + variant), method, lr,
         methods::find_method(method).recipe("")};
  if (!c.recipe.projector.empty()) c.recipe.projector = {16, 12};
  if (!c.recipe.predictor.empty()) c.recipe.predictor = {10};
  c.recipe.ema = 0.8;
  c.recipe.ema_end = 0.95;
  c.recipe.queue = 20;  // one step's 16 keys, and some of the second's before they go round
  return c;
}

std::vector<Case> posterior_cases() {
  Case logits = make_case("posterior", 0.1);
  Case probabilities = make_case("posterior", 1, "softmax");
  probabilities.softmax = true;
  Case kl = make_case("posterior", 0.1, "kl");
  kl.recipe.posterior_loss = methods::PosteriorLoss::kKl;
  Case kl_of_logits = kl;
  kl_of_logits.name = "posterior-kl-logits";
  kl.softmax = true;
  return {logits, probabilities, kl, kl_of_logits};
}

std::vector<Case> cases() {
  Case moco = make_case("moco", 0.01);
  moco.recipe.bn_splits = 2;
  Case whole = make_case("moco", 0.01, "whole");
  whole.recipe.bn_splits = 1;
  Case scaled = make_case("byol", 0.01, "scaled");
  scaled.recipe.loss_scale = 4;
  Case normed = make_case("simclr", 0.01, "norm");
  normed.recipe.projector_norm = true;
  Case unweighted = make_case("simsiam", 0.01, "unweighted");
  unweighted.recipe.projection_weights = false;
  Case adapted = make_case("mse", 0.5, "adapter");
  adapted.recipe.adapter = methods::Adapter::kLinear;
  adapted.answer_width = 20;
  Case stolen = make_case("stolen-encoder", 0.002);
  stolen.recipe.views = 2;
  Case rda = make_case("rda", 0.02);
  rda.recipe.views = 3;
  std::vector<Case> all = posterior_cases();
  all.insert(all.end(), {make_case("supervised", 0.1),
                         make_case("simclr", 0.1),
                         normed,
                         moco,
                         whole,
                         make_case("byol", 0.01),
                         scaled,
                         make_case("simsiam", 0.01),
                         unweighted,
                         make_case("label", 0.1),
                         make_case("mse", 0.5),
                         adapted,
                         make_case("cosine", 0.5),
                         make_case("cont-steal", 0.1),
                         make_case("cont-steal-code", 0.1),
                         make_case("infonce", 0.05),
                         make_case("softnn", 5),
                         make_case("barlow", 0.001),
                         stolen,
                         rda});
  return all;
}

nn::Encoder make_encoder(methods::MethodKind kind) {
  nn::EncoderConfig config;
  config.arch = "resnet10";
  config.width = kind == methods::MethodKind::kSteal ? kWidth : 0;
  nn::Encoder encoder(config);
  nn::initialize(*encoder, 1);
  return encoder;
}

methods::MethodSettings settings_of(const Case& c) {
  methods::MethodSettings settings;
  settings.recipe = c.recipe;
  settings.softmax = c.softmax;
  settings.classes = kClasses;
  settings.answer_width = c.answer_width;
  settings.seed = 7;
  return settings;
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
  const methods::MethodInfo& info = methods::find_method(c.method);
  const auto method = methods::make_method(info, make_encoder(info.kind), settings_of(c));
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
  const methods::Recipe& r = c.recipe;
  return {{"lr", c.lr},
          {"batch", kBatch},
          {"steps", kStepsInAll},
          {"tau", r.tau},
          {"ema", r.ema},
          {"ema_end", r.ema_end},
          {"bn_splits", r.bn_splits},
          {"loss_scale", r.loss_scale},
          {"view_weight", r.view_weight},
          {"views", methods::find_method(c.method).images(r)},
          {"kl", r.posterior_loss == methods::PosteriorLoss::kKl},
          {"softmax", c.softmax}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: methods_export FOLDER SEED\n";
    return 2;
  }
  try {
    for (const Case& c : cases()) {
      at::manual_seed(std::stoull(argv[2]));
      const std::string bytes = nn::to_safetensors(
          run(c), {{"method", c.method}, {"settings", cs::to_line(describe(c))}});
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
