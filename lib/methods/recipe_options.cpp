#include "methods/recipe_options.hpp"

#include "augment/policy.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "nn/encoder.hpp"

namespace cs::methods {
namespace {

using Text = const std::string;

std::int64_t whole(const char* option, const std::string& text, std::uint64_t low) {
  return static_cast<std::int64_t>(parse_unsigned(option, text, low, 10'000'000));
}

/// "1024,128" as numbers.
std::vector<std::int64_t> widths(const char* option, const std::string& text) {
  std::vector<std::int64_t> numbers;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    numbers.push_back(
        static_cast<std::int64_t>(parse_unsigned(option, text.substr(at, end - at), 1, 65536)));
    at = end + 1;
  }
  return numbers;
}

// Where options have an effect.

bool always(const MethodInfo& /*info*/, const Recipe& /*recipe*/) { return true; }

bool has_momentum(const MethodInfo& /*info*/, const Recipe& recipe) {
  return recipe.optimizer == OptimizerKind::kSgd || recipe.optimizer == OptimizerKind::kLars;
}

bool has_tau(const MethodInfo& info, const Recipe& /*recipe*/) { return info.uses_tau; }

bool is_cont_steal(const MethodInfo& info, const Recipe& /*recipe*/) {
  return info.name == "cont-steal";
}

bool is_posterior(const MethodInfo& info, const Recipe& /*recipe*/) {
  return info.name == "posterior";
}

bool is_moco(const MethodInfo& info, const Recipe& /*recipe*/) { return info.name == "moco"; }

bool is_stolen_encoder(const MethodInfo& info, const Recipe& /*recipe*/) {
  return info.name == "stolen-encoder";
}

bool has_projector(const MethodInfo& info, const Recipe& /*recipe*/) {
  return !info.recipes.front().projector.empty();
}

bool has_predictor(const MethodInfo& info, const Recipe& /*recipe*/) {
  return !info.recipes.front().predictor.empty();
}

bool has_follower(const MethodInfo& info, const Recipe& /*recipe*/) {
  return info.name == "moco" || info.name == "byol";
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
  return info.answers && !info.uses_prototypes();
}

bool imitates(const MethodInfo& info, const Recipe& /*recipe*/) { return info.imitates(); }

bool has_adapter(const MethodInfo& info, const Recipe& recipe) {
  return info.imitates() && recipe.adapter == Adapter::kLinear;
}

// The table, in three parts.

void add_optimization(std::vector<RecipeOption>& table) {
  using R = Recipe;
  table.insert(
      table.end(),
      {{"epochs", "N", "Passes over the images; 0 saves the encoder as it starts.",
        [](R& r, Text& v) { r.epochs = whole("--epochs", v, 0); }, always,
        [](const R& r) { return Json(r.epochs); }},
       {"batch", "N", "Records in a step.", [](R& r, Text& v) { r.batch = whole("--batch", v, 1); },
        always, [](const R& r) { return Json(r.batch); }},
       {"lr", "X", "Learning rate, not scaled with the batch.",
        [](R& r, Text& v) {
          r.lr = parse_number("--lr", v, 1e-12, 1e6);
          r.lr_long = 0;
          r.lr_batch = 0;
        },
        always, [](const R& r) { return Json(r.learning_rate(r.epochs, r.batch)); }},
       {"optimizer", "sgd|adam|adamw|lars", "Optimizer.",
        [](R& r, Text& v) { r.optimizer = parse_optimizer(v); }, always,
        [](const R& r) { return Json(to_string(r.optimizer)); }},
       {"momentum", "X", "Momentum of sgd and lars.",
        [](R& r, Text& v) { r.momentum = parse_number("--momentum", v, 0, 0.9999); }, has_momentum,
        [](const R& r) { return Json(r.momentum); }},
       {"weight-decay", "X", "Weight decay.",
        [](R& r, Text& v) { r.weight_decay = parse_number("--weight-decay", v, 0, 1e3); }, always,
        [](const R& r) { return Json(r.weight_decay); }},
       {"clip-norm", "X", "Largest norm of all gradients together; 0 = any.",
        [](R& r, Text& v) { r.clip = parse_number("--clip-norm", v, 0, 1e9); }, always,
        [](const R& r) { return Json(r.clip); }},
       {"schedule", "constant|cosine", "Course of the learning rate.",
        [](R& r, Text& v) { r.schedule = parse_schedule(v); }, always,
        [](const R& r) { return Json(to_string(r.schedule)); }},
       {"warmup", "N", "Epochs over which the learning rate first grows.",
        [](R& r, Text& v) { r.warmup = whole("--warmup", v, 0); }, always,
        [](const R& r) { return Json(r.warmup); }}});
}

void add_losses(std::vector<RecipeOption>& table) {
  using R = Recipe;
  table.insert(
      table.end(),
      {{"tau", "X", "Temperature of the contrastive loss.",
        [](R& r, Text& v) { r.tau = parse_number("--tau", v, 1e-4, 1e4); }, has_tau,
        [](const R& r) { return Json(r.tau); }},
       {"no-self-negatives", "", "Leave the surrogate's other embeddings out of the negatives.",
        [](R& r, Text&) { r.terms.self_negatives = false; }, is_cont_steal,
        [](const R& r) { return Json(!r.terms.self_negatives); }},
       {"positive-in-denominator", "", "Count the positive pair in the denominator too.",
        [](R& r, Text&) { r.terms.positive_in_denominator = true; }, is_cont_steal,
        [](const R& r) { return Json(r.terms.positive_in_denominator); }},
       {"symmetric", "",
        "Take the victim's embeddings as anchors too, and the mean of both losses.",
        [](R& r, Text&) { r.terms.symmetric = true; }, is_cont_steal,
        [](const R& r) { return Json(r.terms.symmetric); }},
       {"posterior-loss", "mse|kl", "How a posterior is compared with the victim's.",
        [](R& r, Text& v) { r.posterior_loss = parse_posterior_loss(v); }, is_posterior,
        [](const R& r) { return Json(to_string(r.posterior_loss)); }},
       {"view-weight", "X", "Weight of the views beside the plain image.",
        [](R& r, Text& v) { r.view_weight = parse_number("--view-weight", v, 0, 1e6); },
        is_stolen_encoder, [](const R& r) { return Json(r.view_weight); }},
       {"projector", "N,N", "Widths of the projector's layers.",
        [](R& r, Text& v) { r.projector = widths("--projector", v); }, has_projector,
        [](const R& r) { return Json(r.projector); }},
       {"predictor", "N", "Widths of the predictor's hidden layers.",
        [](R& r, Text& v) { r.predictor = widths("--predictor", v); }, has_predictor,
        [](const R& r) { return Json(r.predictor); }},
       {"ema", "X", "Share that the following weights keep of themselves at a step.",
        [](R& r, Text& v) { r.ema = r.ema_end = parse_number("--ema", v, 0, 1); }, has_follower,
        [](const R& r) { return Json(r.ema); }},
       {"ema-end", "X", "The same in the last step, approached along half a cosine.",
        [](R& r, Text& v) { r.ema_end = parse_number("--ema-end", v, 0, 1); }, has_follower,
        [](const R& r) { return Json(r.ema_end); }},
       {"queue", "N", "Keys that are kept as negatives.",
        [](R& r, Text& v) { r.queue = whole("--queue", v, 1); }, is_moco,
        [](const R& r) { return Json(r.queue); }},
       {"bn-splits", "N", "Parts of a batch that batch norm takes by themselves.",
        [](R& r, Text& v) { r.bn_splits = whole("--bn-splits", v, 1); }, is_moco,
        [](const R& r) { return Json(r.bn_splits); }}});
}

void add_views(std::vector<RecipeOption>& table) {
  using R = Recipe;
  table.insert(
      table.end(),
      {{"policy", "NAME", "How fresh views are drawn, as in cs-augment.",
        [](R& r, Text& v) { r.policy = augment::Policy(v, 0).name(); }, has_fresh_views,
        [](const R& r) { return Json(r.policy); }},
       {"views", "N", "Fresh views of each record and step.",
        [](R& r, Text& v) { r.views = whole("--views", v, 1); }, counts_views,
        [](const R& r) { return Json(r.views); }},
       {"surrogate-view", "fresh|same|plain|stored", "What the surrogate sees beside an answer.",
        [](R& r, Text& v) { r.surrogate_view = data::parse_surrogate_view(v); }, chooses_view,
        [](const R& r) { return Json(data::to_string(r.surrogate_view)); }},
       {"victim-view", "random|cycle", "Which of several stored answers an epoch uses.",
        [](R& r, Text& v) { r.victim_view = data::parse_victim_view(v); }, chooses_answer,
        [](const R& r) { return Json(data::to_string(r.victim_view)); }},
       {"adapter", "none|linear", "What is trained between embeddings of unequal widths.",
        [](R& r, Text& v) { r.adapter = parse_adapter(v); }, imitates,
        [](const R& r) { return Json(to_string(r.adapter)); }},
       {"keep-adapter", "", "Keep the adapter as the encoder's last layer.",
        [](R& r, Text&) { r.keep_adapter = true; }, has_adapter,
        [](const R& r) { return Json(r.keep_adapter); }},
       {"freeze", "none|stem|layer1|layer2|layer3|encoder",
        "Keep the first layers as they are, up to this one.",
        [](R& r, Text& v) { r.freeze = nn::parse_freeze(v); }, always,
        [](const R& r) { return Json(r.freeze); }}});
}

}  // namespace

const std::vector<RecipeOption>& recipe_options() {
  static const std::vector<RecipeOption> kTable = [] {
    std::vector<RecipeOption> table;
    add_optimization(table);
    add_losses(table);
    add_views(table);
    return table;
  }();
  return kTable;
}

Recipe resolve_recipe(const MethodInfo& info, const std::string& name,
                      const std::map<std::string, std::string>& changes) {
  Recipe recipe = info.recipe(name);
  for (const RecipeOption& option : recipe_options())
    if (const auto at = changes.find(option.name); at != changes.end())
      option.apply(recipe, at->second);
  for (const RecipeOption& option : recipe_options())
    if (changes.count(option.name) > 0 && !option.used(info, recipe))
      throw UsageError("`" + option.name + "`: has no effect on this " + info.name +
                       "; leave it out");
  if (recipe.warmup > 0 && recipe.epochs > 0 && recipe.warmup >= recipe.epochs)
    throw UsageError("`warmup`", std::to_string(recipe.warmup) + " epochs are not fewer than the " +
                                     std::to_string(recipe.epochs) +
                                     " of the run; take fewer, or more `epochs`");
  return recipe;
}

}  // namespace cs::methods
