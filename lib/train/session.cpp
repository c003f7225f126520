#include "train/session.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "augment/policy.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "data/loader.hpp"
#include "methods/recipe_options.hpp"
#include "nn/encoder_file.hpp"
#include "nn/head_file.hpp"
#include "nn/init.hpp"

namespace cs::train {
namespace {

/// Of the embeddings that the method imitates; 0 if it imitates none.
std::int64_t answer_width(const methods::MethodInfo& info, const data::TrainingSet& set) {
  return info.imitates() ? set.answers.size(1) : 0;
}

std::int64_t input_size(const data::TrainingSet& set, const SessionOptions& options) {
  if (options.size > 0) return options.size;
  if (options.init) return (*options.init)->config().input.size;
  return set.encoded != nullptr ? 0 : set.images.size(1);
}

nn::Encoder first_encoder(const methods::MethodInfo& info, const methods::Recipe& recipe,
                          const data::TrainingSet& set, const SessionOptions& options) {
  nn::EncoderConfig config = options.init ? (*options.init)->config() : options.encoder;
  config.input.size = input_size(set, options);
  if (!options.init && recipe.adapter == methods::Adapter::kNone)
    config.width = answer_width(info, set);
  nn::Encoder encoder = nn::make_encoder(config);
  if (options.init)
    nn::copy_state(*options.init, encoder);
  else
    nn::initialize(*encoder, options.seed);
  encoder->freeze(recipe.freeze);
  return encoder;
}

/// Of what a classifier tells apart: ground truth, or what the victim's answers do.
const std::vector<std::string>& class_names(const methods::MethodInfo& info,
                                            const data::TrainingSet& set) {
  return info.needs_labels ? set.classes : set.answer_classes;
}

std::shared_ptr<methods::Method> new_method(const methods::MethodInfo& info,
                                            const methods::Recipe& recipe,
                                            const data::TrainingSet& set,
                                            const nn::Encoder& encoder, std::uint64_t seed) {
  methods::MethodSetup setup;
  setup.recipe = recipe;
  setup.softmax = set.softmax;
  setup.classes = static_cast<std::int64_t>(class_names(info, set).size());
  setup.answer_width = answer_width(info, set);
  setup.seed = seed;
  return methods::make_method(info, encoder, setup);
}

/// The set with the one target of each record that the method makes of its answers.
data::TrainingSet with_merged_answers(const methods::MethodInfo& info, data::TrainingSet set) {
  set.answers = info.merge_answers(set.answers.reshape({set.records, set.answers_per_record, -1}));
  set.answers_per_record = 1;
  return set;
}

data::LoaderOptions loader_options(const methods::MethodInfo& info, const methods::Recipe& recipe,
                                   const data::TrainingSet& set, const SessionOptions& options) {
  const std::int64_t side = input_size(set, options);
  const bool resize = set.encoded != nullptr || set.images.size(1) != side ||
                      set.images.size(2) != side || options.size > 0;
  data::LoaderOptions loading;
  loading.batch = recipe.batch;
  loading.views = info.images(recipe);
  loading.answers = info.views == methods::Views::kAnsweredPair ? 2 : 1;
  loading.plain_first = info.views == methods::Views::kPlainAndFresh;
  loading.policy = augment::Policy(recipe.policy, static_cast<int>(side));
  loading.size = resize ? static_cast<int>(side) : 0;
  loading.surrogate_view = recipe.surrogate_view;
  loading.victim_view = recipe.victim_view;
  loading.seed = options.seed;
  loading.epochs = recipe.epochs;
  loading.pinned = options.device.is_cuda();
  // A CPU trains on far fewer views of pixels than one thread makes; to decode files, or to feed a
  // GPU, may take all that there are.
  loading.threads = options.device.is_cuda() || set.encoded != nullptr ? options.threads : 1;
  return loading;
}

/// The optimizer's side of a recipe; the batch that scales lr is at most the set.
TrainerOptions trainer_options(const methods::Recipe& recipe, const data::TrainingSet& set,
                               const SessionOptions& options) {
  TrainerOptions training;
  training.epochs = recipe.epochs;
  training.optimizer.kind = recipe.optimizer;
  training.optimizer.lr = recipe.learning_rate(recipe.epochs, std::min(recipe.batch, set.records));
  training.optimizer.momentum = recipe.momentum;
  training.optimizer.weight_decay = recipe.weight_decay;
  training.optimizer.clip = recipe.clip;
  training.schedule = recipe.schedule;
  training.warmup = recipe.warmup;
  training.device = options.device;
  training.precision = options.precision;
  training.log = options.log;
  training.on_epoch = options.on_epoch;
  training.checkpoint = options.checkpoint;
  training.on_threads = options.on_threads;
  return training;
}

/// Throws UsageError if raw images are no squares, of which an encoder's input is one.
void check_shape(const data::TrainingSet& set, const SessionOptions& options) {
  if (set.encoded != nullptr || options.size > 0 || options.init) return;
  const auto height = set.images.size(1);
  const auto width = set.images.size(2);
  if (height != width)
    throw UsageError("`size`", "is missing; the images are " + std::to_string(height) + " x " +
                                   std::to_string(width) + ", an encoder sees squares");
}

/// What a checkpoint is of: the history's step, with the recipe as it is instead of how it was
/// asked for.
Json identity(const methods::MethodInfo& info, const methods::Recipe& recipe,
              const data::TrainingSet& set, Json step) {
  if (step.contains("options")) {
    for (const methods::RecipeOption& option : methods::recipe_options())
      step["options"].erase(option.name);
    for (const char* other : {"recipe", "precision"}) step["options"].erase(other);
  }
  step["method"] = describe(info, recipe, set);
  return step;
}

std::filesystem::path checkpoint_path(const SessionFiles& files) {
  return files.output.string() + ".checkpoint";
}

bool same_name(const std::filesystem::path& a, const std::filesystem::path& b) {
  const auto plain = [](const auto& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path));
  };
  return !a.empty() && !b.empty() && plain(a) == plain(b);
}

/// Throws Error if another run of the same command was faster.
void refuse_newcomer(const std::filesystem::path& output, const SessionFiles& files) {
  if (files.overwrite == Overwrite::kRefuse && std::filesystem::exists(output))
    throw Error(output.string(), "appeared while it was being made; pass `force` to replace it");
}

}  // namespace

Trained train_encoder(const methods::MethodInfo& info, const methods::Recipe& recipe,
                      const data::TrainingSet& set, const SessionOptions& options) {
  nn::CoreWatch cores(options.threads);
  const bool share_cores = options.share_cores && options.device.is_cpu() && recipe.epochs > 0;
  const int threads = share_cores ? cores.start() : options.threads;
  nn::set_threads(threads);
  if (threads != options.threads && options.on_threads) options.on_threads(threads);
  check_shape(set, options);
  const data::TrainingSet prepared =
      info.merge_answers == nullptr ? set : with_merged_answers(info, set);
  data::Loader loader(prepared, loader_options(info, recipe, prepared, options));
  const nn::Encoder encoder = first_encoder(info, recipe, prepared, options);
  const auto method = new_method(info, recipe, prepared, encoder, options.seed);
  if (recipe.epochs > 0) method->check_batch(loader.batch());
  TrainerOptions training = trainer_options(recipe, prepared, options);
  if (share_cores) training.cores = &cores;
  train(*method, loader, training);
  Trained trained{method->result(), method->head()};
  if (trained.head) trained.head->classes = class_names(info, set);
  return trained;
}

void check_files(const SessionFiles& files, const std::vector<std::filesystem::path>& inputs) {
  const auto checkpoint = checkpoint_path(files);
  for (const auto& other : {files.log, files.save_head})
    if (same_name(other, checkpoint))
      throw UsageError(other.string(), "is where the checkpoint is kept; name another file");
  if (same_name(files.log, files.output) || same_name(files.save_head, files.output) ||
      same_name(files.log, files.save_head))
    throw UsageError("`output`, `log` and `save-head`: name different files");
  std::error_code ignored;
  for (const auto& input : inputs)
    if (std::filesystem::equivalent(checkpoint, input, ignored))
      throw UsageError(checkpoint.string(),
                       "is an input, and where the checkpoint is kept; name another output");
  for (const auto& written : {files.output, files.log, files.save_head})
    refuse_same_file(written, inputs);
  for (const auto& written : {files.output, files.save_head})
    if (!written.empty()) const Pending early = Pending::file(written, files.overwrite);
}

void train_and_save(const methods::MethodInfo& info, const methods::Recipe& recipe,
                    const data::TrainingSet& set, SessionOptions options, const SessionFiles& files,
                    Json step) {
  step["precision"] = nn::kPrecisions.print(options.precision);
  for (const Digest& input : set.fingerprints) step["inputs"].push_back(input.hex());
  if (!files.init.empty()) {
    const nn::EncoderFile init =
        nn::load_encoder_or_weights(files.init, files.init_network, input_size(set, options));
    options.init = init.encoder;
    step["init"] = init.digest.hex();
    if (!files.init_network.arch)
      for (const char* stated : {"arch", "stem", "mean", "std"})  // there, and not by defaults
        if (step.contains("options")) step["options"].erase(stated);
  }
  EpochLog log(files.log);
  Checkpoint checkpoint(checkpoint_path(files), identity(info, recipe, set, step),
                        files.checkpoint_minutes,
                        files.restart ? Existing::kRemove : Existing::kContinue);
  options.log = &log;
  options.checkpoint = &checkpoint;
  const Trained trained = train_encoder(info, recipe, set, options);
  refuse_newcomer(files.output, files);
  if (!files.save_head.empty()) refuse_newcomer(files.save_head, files);
  const Json history = Json::array({step});
  nn::EncoderAbout about;
  about.method = describe(info, recipe, set);
  about.history = history;
  const Digest saved = nn::save_encoder(files.output, trained.encoder, about, files.overwrite);
  if (!files.save_head.empty())
    nn::save_head(files.save_head, *trained.head, {{}, saved.hex(), history}, files.overwrite);
  checkpoint.remove();
}

Json describe(const methods::MethodInfo& info, const methods::Recipe& recipe,
              const data::TrainingSet& set) {
  Json json = {{"name", info.name}};
  if (!recipe.name.empty()) json["recipe"] = recipe.name;
  json["calls"] = set.answers.defined() ? set.answers.size(0) : 0;
  json["images"] = set.records;
  methods::Recipe effective = recipe;
  effective.batch = std::min(recipe.batch, set.records);
  for (const methods::RecipeOption& option : methods::effective_options(info, effective))
    json[option.name] = option.state(effective);
  if (info.answers == data::AnswerKind::kPosterior)
    json["posterior"] = set.softmax ? "softmax" : "logits";
  return json;
}

}  // namespace cs::train
