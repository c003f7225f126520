#include "methods/recipe_options.hpp"

#include <algorithm>

#include "augment/policy.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "methods/list.hpp"
#include "nn/encoder.hpp"

namespace cs::methods {
namespace {

using Options = std::vector<RecipeOption>;

// Where options that all recipes have take effect.

bool has_momentum(const MethodInfo& /*info*/, const Recipe& recipe) {
  return recipe.optimizer == OptimizerKind::kSgd || recipe.optimizer == OptimizerKind::kLars;
}

bool has_fresh_views(const MethodInfo& /*info*/, const Recipe& recipe) {
  return recipe.surrogate_view == data::SurrogateView::kFresh;
}

bool counts_views(const MethodInfo& info, const Recipe& /*recipe*/) {
  return info.views == Views::kFresh || info.views == Views::kPlainAndFresh;
}

bool chooses_view(const MethodInfo& info, const Recipe& /*recipe*/) {
  return info.answers && info.views == Views::kOne;
}

bool chooses_answer(const MethodInfo& info, const Recipe& /*recipe*/) {
  return info.answers && info.merge_answers == nullptr;
}

bool imitates(const MethodInfo& info, const Recipe& /*recipe*/) { return info.imitates(); }

bool has_adapter(const MethodInfo& info, const Recipe& recipe) {
  return info.imitates() && recipe.adapter == Adapter::kLinear;
}

RecipeOption with(RecipeOption option, bool (*used)(const MethodInfo&, const Recipe&)) {
  option.used = used;
  return option;
}

/// `lr`, which replaces all that the recipe's rate is made of.
RecipeOption rate_option() {
  RecipeOption option = number_option("lr", "Learning rate, not scaled with the batch.",
                                      field(&Recipe::lr), 1e-12, 1e6);
  option.apply = [set = option.apply](Recipe& recipe, const std::string& text) {
    set(recipe, text);
    recipe.lr_long = 0;
    recipe.lr_batch = 0;
  };
  option.state = [](const Recipe& r) { return Json(r.learning_rate(r.epochs, r.batch)); };
  return option;
}

Options optimization() {
  using R = Recipe;
  return {
      count_option("epochs", "Passes over the images; 0 saves the encoder without training.",
                   field(&R::epochs), 0),
      count_option("batch", "Images of a step.", field(&R::batch), 1),
      rate_option(),
      word_option("optimizer", "Optimizer.", field(&R::optimizer), kOptimizers),
      with(number_option("momentum", "Momentum of sgd and lars.", field(&R::momentum), 0, 0.9999),
           has_momentum),
      number_option("weight-decay", "Weight decay.", field(&R::weight_decay), 0, 1e3),
      number_option("clip-norm", "Largest norm of all gradients together; 0 = any.",
                    field(&R::clip), 0, 1e9),
      word_option("schedule", "Course of the learning rate.", field(&R::schedule), kSchedules),
      count_option("warmup", "Epochs over which the learning rate first grows.", field(&R::warmup),
                   0),
  };
}

Options views() {
  using R = Recipe;
  return {
      with(text_option(
               "policy", "NAME", "Augmentation policy of fresh views.",
               [](R& r, const std::string& text) { r.policy = augment::Policy(text, 0).name(); },
               [](const R& r) { return r.policy; }),
           has_fresh_views),
      with(count_option("views", "Fresh views of each image in each step.", field(&R::views), 1),
           counts_views),
      with(word_option("surrogate-view", "What the surrogate is given for an answer.",
                       field(&R::surrogate_view), data::kSurrogateViews),
           chooses_view),
      with(word_option("victim-view", "Which of several stored answers an epoch uses.",
                       field(&R::victim_view), data::kVictimViews),
           chooses_answer),
      with(word_option("adapter", "Layer between embeddings of different widths.",
                       field(&R::adapter), kAdapters),
           imitates),
      with(flag_option("keep-adapter", "Save the adapter as the encoder's last layer.",
                       field(&R::keep_adapter)),
           has_adapter),
      text_option(
          "freeze", nn::freeze_choices(), "Do not train the layers up to this one.",
          [](R& r, const std::string& text) { r.freeze = nn::parse_freeze(text); },
          [](const R& r) { return r.freeze; }),
  };
}

Options joined(const std::vector<Options>& parts) {
  Options all;
  for (const Options& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Options::iterator find(Options& options, const std::string& name) {
  return std::find_if(options.begin(), options.end(),
                      [&name](const RecipeOption& each) { return each.name == name; });
}

/// Adds those that `options` lacks, each behind the one that it follows in `more`.
void merge(Options& options, const Options& more) {
  auto behind = options.end();
  for (const RecipeOption& option : more) {
    auto at = find(options, option.name);
    if (at == options.end()) at = options.insert(behind, option);
    behind = at + 1;
  }
}

Options all_options() {
  Options losses;
  Options layers;
  for (const MethodInfo& info : methods()) {
    merge(losses, info.loss_options);
    merge(layers, info.layer_options);
  }
  return joined({optimization(), losses, layers, views()});
}

bool has_effect(const RecipeOption& option, const MethodInfo& info, const Recipe& recipe) {
  return !option.used || option.used(info, recipe);
}

[[noreturn]] void refuse(const MethodInfo& info, const std::string& option) {
  throw UsageError("`" + option + "`", "has no effect on this " + info.name + "; leave it out");
}

}  // namespace

const std::vector<RecipeOption>& recipe_options() {
  static const Options kAll = all_options();
  return kAll;
}

std::vector<RecipeOption> options_of(const MethodInfo& info) {
  return joined({optimization(), info.loss_options, info.layer_options, views()});
}

std::vector<RecipeOption> effective_options(const MethodInfo& info, const Recipe& recipe) {
  Options effective;
  for (RecipeOption& option : options_of(info))
    if (has_effect(option, info, recipe)) effective.push_back(std::move(option));
  return effective;
}

Recipe resolve_recipe(const MethodInfo& info, const std::string& name,
                      const std::map<std::string, std::string>& changes) {
  Recipe recipe = info.recipe(name);
  Options options = options_of(info);
  for (const auto& change : changes)
    if (find(options, change.first) == options.end()) refuse(info, change.first);
  for (const RecipeOption& option : options)
    if (const auto at = changes.find(option.name); at != changes.end())
      option.apply(recipe, at->second);
  for (const RecipeOption& option : options)
    if (changes.count(option.name) > 0 && !has_effect(option, info, recipe))
      refuse(info, option.name);
  if (recipe.warmup > 0 && recipe.epochs > 0 && recipe.warmup >= recipe.epochs)
    throw UsageError("`warmup`", std::to_string(recipe.warmup) + " epochs are not fewer than the " +
                                     std::to_string(recipe.epochs) +
                                     " of the run; take fewer, or more `epochs`");
  return recipe;
}

}  // namespace cs::methods
