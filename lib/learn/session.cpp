#include "learn/session.hpp"

#include <ATen/Parallel.h>

#include <algorithm>

#include "augment/policy.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "data/loader.hpp"
#include "learn/recipe.hpp"

namespace cs::learn {
namespace {

/// Of the embeddings that the method imitates; 0 if it imitates none.
std::int64_t answer_width(const MethodInfo& info, const data::TrainingSet& set) {
  return info.answers == data::AnswerKind::kEmbedding ? set.answers.size(1) : 0;
}

std::int64_t input_size(const data::TrainingSet& set, const SessionOptions& options) {
  return options.size > 0 || set.encoded != nullptr ? options.size : set.images.size(1);
}

nn::Encoder new_encoder(const MethodInfo& info, const data::TrainingSet& set,
                        const SessionOptions& options) {
  nn::EncoderConfig config = options.encoder;
  config.input.size = input_size(set, options);
  config.width = answer_width(info, set);
  nn::Encoder encoder(config);
  nn::initialize(*encoder, options.seed);
  return encoder;
}

/// Of what a classifier tells apart: ground truth, or what the victim's answers do.
const std::vector<std::string>& class_names(const MethodInfo& info, const data::TrainingSet& set) {
  return info.needs_labels ? set.classes : set.answer_classes;
}

std::shared_ptr<Method> new_method(const MethodInfo& info, const Defaults& recipe,
                                   const data::TrainingSet& set, const nn::Encoder& encoder,
                                   std::uint64_t seed) {
  MethodSettings settings;
  settings.tau = recipe.tau;
  settings.terms = recipe.terms;
  settings.posterior_loss = recipe.posterior_loss;
  settings.softmax = set.softmax;
  settings.classes = static_cast<std::int64_t>(class_names(info, set).size());
  settings.answer_width = answer_width(info, set);
  settings.seed = seed;
  return make_method(info, encoder, settings);
}

data::LoaderOptions loader_options(const MethodInfo& info, const Defaults& recipe,
                                   const data::TrainingSet& set, const SessionOptions& options) {
  data::LoaderOptions loading;
  loading.batch = recipe.batch;
  loading.views = info.views;
  loading.policy = augment::Policy(recipe.policy, static_cast<int>(input_size(set, options)));
  loading.size = options.size;
  loading.surrogate_view = recipe.surrogate_view;
  loading.victim_view = recipe.victim_view;
  loading.seed = options.seed;
  // A CPU trains on far fewer views of pixels than one thread makes; to decode files, or to feed a
  // GPU, may take all that there are.
  loading.threads = options.device.is_cuda() || set.encoded != nullptr ? options.threads : 1;
  return loading;
}

/// The optimizer's side of a recipe; the batch that scales lr is at most the set.
TrainerOptions trainer_options(const Defaults& recipe, const data::TrainingSet& set) {
  TrainerOptions training;
  training.epochs = recipe.epochs;
  training.optimizer.kind = recipe.optimizer;
  training.optimizer.lr = recipe.learning_rate(recipe.epochs, std::min(recipe.batch, set.records));
  training.optimizer.momentum = recipe.momentum;
  training.optimizer.weight_decay = recipe.weight_decay;
  training.schedule = recipe.schedule;
  training.warmup = recipe.warmup;
  return training;
}

}  // namespace

Trained train_encoder(const MethodInfo& info, const Defaults& recipe, const data::TrainingSet& set,
                      const SessionOptions& options) {
  nn::set_threads(options.threads);
  data::Loader loader(set, loader_options(info, recipe, set, options));
  nn::Encoder encoder = new_encoder(info, set, options);
  const auto method = new_method(info, recipe, set, encoder, options.seed);
  if (loader.batch() < 2 && recipe.epochs > 0)
    throw UsageError("--batch", "a batch of 1 cannot be normalized; take 2 records or more");
  TrainerOptions training = trainer_options(recipe, set);
  training.device = options.device;
  training.precision = options.precision;
  training.on_epoch = options.on_epoch;
  train(*method, loader, training);
  Trained trained{encoder, method->head()};
  if (trained.head) trained.head->classes = class_names(info, set);
  return trained;
}

Json describe(const MethodInfo& info, const Defaults& recipe, const data::TrainingSet& set) {
  Json json = {{"name", info.name},
               {"calls", set.answers.defined() ? set.answers.size(0) : 0},
               {"images", set.records}};
  Defaults effective = recipe;
  effective.batch = std::min(recipe.batch, set.records);
  for (const RecipeOption& option : recipe_options())
    if (option.used(info, effective)) json[option.name] = option.state(effective);
  if (info.answers == data::AnswerKind::kPosterior)
    json["posterior"] = set.softmax ? "softmax" : "logits";
  return json;
}

}  // namespace cs::learn
