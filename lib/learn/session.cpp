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

nn::Encoder new_encoder(const data::TrainingSet& set, const SessionOptions& options) {
  nn::EncoderConfig config = options.encoder;
  config.input.size = set.images.size(1);
  config.width = set.answers.defined() ? set.answers.size(1) : 0;
  nn::Encoder encoder(config);
  nn::initialize(*encoder, options.seed);
  return encoder;
}

std::shared_ptr<Method> new_method(const MethodInfo& info, const Defaults& recipe,
                                   const data::TrainingSet& set, const nn::Encoder& encoder,
                                   std::uint64_t seed) {
  MethodSettings settings;
  settings.tau = recipe.tau;
  settings.self_negatives = recipe.self_negatives;
  settings.classes = static_cast<std::int64_t>(set.classes.size());
  settings.answer_width = set.answers.defined() ? set.answers.size(1) : 0;
  settings.seed = seed;
  return make_method(info, encoder, settings);
}

data::LoaderOptions loader_options(const MethodInfo& info, const Defaults& recipe,
                                   const data::TrainingSet& set, const SessionOptions& options) {
  data::LoaderOptions loading;
  loading.batch = recipe.batch;
  loading.views = info.views;
  loading.policy = augment::Policy(recipe.policy, static_cast<int>(set.images.size(1)));
  loading.surrogate_view = recipe.surrogate_view;
  loading.victim_view = recipe.victim_view;
  loading.seed = options.seed;
  // A CPU trains on far fewer views than one thread makes; a GPU may want all that there are.
  loading.threads = options.device.is_cuda() ? options.threads : 1;
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

nn::Encoder train_encoder(const MethodInfo& info, const Defaults& recipe,
                          const data::TrainingSet& set, const SessionOptions& options) {
  at::set_num_threads(options.threads);
  nn::Encoder encoder = new_encoder(set, options);
  const auto method = new_method(info, recipe, set, encoder, options.seed);
  data::Loader loader(set, loader_options(info, recipe, set, options));
  if (loader.batch() < 2 && recipe.epochs > 0)
    throw UsageError("--batch", "a batch of 1 cannot be normalized; take 2 records or more");
  TrainerOptions training = trainer_options(recipe, set);
  training.device = options.device;
  training.precision = options.precision;
  training.on_epoch = options.on_epoch;
  train(*method, loader, training);
  return encoder;
}

Json describe(const MethodInfo& info, const Defaults& recipe, const data::TrainingSet& set) {
  Json json = {{"name", info.name},
               {"calls", set.answers.defined() ? set.answers.size(0) : 0},
               {"images", set.records}};
  Defaults effective = recipe;
  effective.batch = std::min(recipe.batch, set.records);
  for (const RecipeOption& option : recipe_options())
    if (option.used(info, effective)) json[option.name] = option.state(effective);
  return json;
}

}  // namespace cs::learn
