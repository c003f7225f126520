#include "learn/recipe.hpp"

#include "augment/policy.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::learn {
namespace {

std::int64_t whole(const char* option, const std::string& text, std::uint64_t low) {
  return static_cast<std::int64_t>(parse_unsigned(option, text, low, 10'000'000));
}

bool always(const MethodInfo& /*info*/, const Defaults& /*recipe*/) { return true; }

bool with_answers(const MethodInfo& info, const Defaults& /*recipe*/) {
  return info.answers.has_value();
}

bool is_cont_steal(const MethodInfo& info, const Defaults& /*recipe*/) {
  return info.name == "cont-steal";
}

std::vector<RecipeOption> make_table() {
  using D = Defaults;
  using Text = const std::string;
  return {
      {"epochs", "N", "Passes over the images; 0 saves the untrained encoder.",
       [](D& d, Text& v) { d.epochs = whole("--epochs", v, 0); }, always,
       [](const D& d) { return Json(d.epochs); }},
      {"batch", "N", "Records in a step.", [](D& d, Text& v) { d.batch = whole("--batch", v, 1); },
       always, [](const D& d) { return Json(d.batch); }},
      {"lr", "X", "Learning rate, not scaled with the batch.",
       [](D& d, Text& v) {
         d.lr = parse_number("--lr", v, 1e-12, 1e6);
         d.lr_long = 0;
         d.lr_batch = 0;
       },
       always, [](const D& d) { return Json(d.learning_rate(d.epochs, d.batch)); }},
      {"optimizer", "sgd|adam", "Optimizer.",
       [](D& d, Text& v) { d.optimizer = parse_optimizer(v); }, always,
       [](const D& d) { return Json(to_string(d.optimizer)); }},
      {"momentum", "X", "Momentum of sgd.",
       [](D& d, Text& v) { d.momentum = parse_number("--momentum", v, 0, 1); },
       [](const MethodInfo&, const D& d) { return d.optimizer == OptimizerKind::kSgd; },
       [](const D& d) { return Json(d.momentum); }},
      {"weight-decay", "X", "Weight decay.",
       [](D& d, Text& v) { d.weight_decay = parse_number("--weight-decay", v, 0, 1e3); }, always,
       [](const D& d) { return Json(d.weight_decay); }},
      {"schedule", "constant|cosine", "Course of the learning rate.",
       [](D& d, Text& v) { d.schedule = parse_schedule(v); }, always,
       [](const D& d) { return Json(to_string(d.schedule)); }},
      {"warmup", "N", "Epochs over which the learning rate first grows.",
       [](D& d, Text& v) { d.warmup = whole("--warmup", v, 0); }, always,
       [](const D& d) { return Json(d.warmup); }},
      {"tau", "X", "Temperature of the contrastive loss.",
       [](D& d, Text& v) { d.tau = parse_number("--tau", v, 1e-4, 1e4); },
       [](const MethodInfo& info, const D&) { return info.uses_tau; },
       [](const D& d) { return Json(d.tau); }},
      {"no-self-negatives", "", "Leave the surrogate's other embeddings out of the negatives.",
       [](D& d, Text&) { d.terms.self_negatives = false; }, is_cont_steal,
       [](const D& d) { return Json(!d.terms.self_negatives); }},
      {"positive-in-denominator", "", "Count the positive pair in the denominator too.",
       [](D& d, Text&) { d.terms.positive_in_denominator = true; }, is_cont_steal,
       [](const D& d) { return Json(d.terms.positive_in_denominator); }},
      {"symmetric", "", "Take the victim's embeddings as anchors too, and the mean of both losses.",
       [](D& d, Text&) { d.terms.symmetric = true; }, is_cont_steal,
       [](const D& d) { return Json(d.terms.symmetric); }},
      {"posterior-loss", "mse|kl", "How a posterior is compared with the victim's.",
       [](D& d, Text& v) { d.posterior_loss = parse_posterior_loss(v); },
       [](const MethodInfo& info, const D&) { return info.name == "posterior"; },
       [](const D& d) { return Json(to_string(d.posterior_loss)); }},
      {"policy", "NAME", "How fresh views are drawn, as in cs-augment.",
       [](D& d, Text& v) { d.policy = augment::Policy(v, 0).name(); },
       [](const MethodInfo&, const D& d) {
         return d.surrogate_view == data::SurrogateView::kFresh;
       },
       [](const D& d) { return Json(d.policy); }},
      {"surrogate-view", "fresh|same|plain|stored", "What the surrogate sees beside an answer.",
       [](D& d, Text& v) { d.surrogate_view = data::parse_surrogate_view(v); }, with_answers,
       [](const D& d) { return Json(data::to_string(d.surrogate_view)); }},
      {"victim-view", "random|cycle", "Which of several stored answers an epoch uses.",
       [](D& d, Text& v) { d.victim_view = data::parse_victim_view(v); }, with_answers,
       [](const D& d) { return Json(data::to_string(d.victim_view)); }},
  };
}

}  // namespace

const std::vector<RecipeOption>& recipe_options() {
  static const std::vector<RecipeOption> table = make_table();
  return table;
}

Defaults resolve_recipe(const MethodInfo& info, const std::map<std::string, std::string>& changes) {
  Defaults recipe = info.defaults;
  for (const RecipeOption& option : recipe_options())
    if (const auto at = changes.find(option.name); at != changes.end())
      option.apply(recipe, at->second);
  for (const RecipeOption& option : recipe_options())
    if (changes.count(option.name) > 0 && !option.used(info, recipe))
      throw UsageError("--" + option.name + ": has no effect on this " + info.name +
                       "; leave it out");
  return recipe;
}

}  // namespace cs::learn
