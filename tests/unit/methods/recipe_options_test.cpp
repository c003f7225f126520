#include "methods/recipe_options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "core/error.hpp"
#include "core/json.hpp"
#include "methods/list.hpp"
#include "support/thrown.hpp"

namespace cs::methods {
namespace {

using Changes = std::map<std::string, std::string>;

Recipe resolve(const std::string& method, const Changes& changes, const std::string& name = "") {
  return resolve_recipe(find_method(method), name, changes);
}

const RecipeOption* find(const std::vector<RecipeOption>& options, const std::string& name) {
  const auto at = std::find_if(options.begin(), options.end(),
                               [&name](const RecipeOption& each) { return each.name == name; });
  return at == options.end() ? nullptr : &*at;
}

/// What the recipe states of an option of its method.
Json stated(const std::string& method, const Recipe& recipe, const std::string& option) {
  const auto options = options_of(find_method(method));
  return find(options, option)->state(recipe);
}

/// A value other than every recipe's, for each option; in the order of the table.
const std::vector<std::pair<std::string, std::string>> kValues{
    {"epochs", "77"},
    {"batch", "33"},
    {"lr", "0.012"},
    {"optimizer", "adamw"},
    {"momentum", "0.7"},
    {"weight-decay", "0.03"},
    {"clip-norm", "2.5"},
    {"schedule", "cosine"},
    {"warmup", "5"},
    {"tau", "0.33"},
    {"no-self-negatives", "true"},
    {"positive-in-denominator", "true"},
    {"symmetric", "true"},
    {"posterior-loss", "kl"},
    {"view-weight", "3"},
    {"projector", "64,32,16"},
    {"predictor", "24"},
    {"ema", "0.9"},
    {"ema-end", "0.95"},
    {"queue", "96"},
    {"bn-splits", "3"},
    {"policy", "rda-prototype"},
    {"views", "7"},
    {"surrogate-view", "stored"},
    {"victim-view", "cycle"},
    {"adapter", "linear"},
    {"keep-adapter", "true"},
    {"freeze", "layer1"},
};

TEST(RecipeOptions, HaveEachAValueInTheseTests) {
  std::vector<std::string> names;
  for (const auto& each : kValues) names.push_back(each.first);
  std::vector<std::string> listed;
  for (const RecipeOption& each : recipe_options()) listed.push_back(each.name);
  EXPECT_EQ(listed, names);
}

/// What all options state, without one.
Json all_but(const MethodInfo& info, const Recipe& recipe, const std::string& name) {
  Json json;
  for (const RecipeOption& each : options_of(info))
    if (each.name != name) json[each.name] = each.state(recipe);
  return json;
}

void expect_change(const MethodInfo& info, const RecipeOption& option, const std::string& value) {
  const std::string where = info.name + " --" + option.name;
  Recipe recipe = info.recipe("");
  recipe.lr_batch = 0;  // else the rate follows the batch
  if (option.name == "schedule") recipe.schedule = Schedule::kConstant;
  if (option.name == "ema")  // which sets the end as well
    recipe.own = resolve_recipe(info, "", {{"ema-end", value}}).own;
  const Recipe before = recipe;
  option.apply(recipe, value);
  EXPECT_EQ(all_but(info, before, option.name), all_but(info, recipe, option.name)) << where;
  const Json now = option.state(recipe);
  EXPECT_NE(now, option.state(before)) << where;
  if (now.is_string()) {
    EXPECT_EQ(now, value) << where;
  } else if (now.is_number()) {
    EXPECT_EQ(now.get<double>(), std::stod(value)) << where;
  } else if (now.is_boolean()) {
    EXPECT_EQ(now, true) << where;
  } else {
    EXPECT_EQ(now.dump(), "[" + value + "]") << where;
  }
}

TEST(RecipeOptions, ChangeWhatTheyStateAndNothingElse) {
  for (const MethodInfo& info : methods()) {
    const auto options = options_of(info);
    for (const auto& [name, value] : kValues)
      if (const RecipeOption* option = find(options, name)) expect_change(info, *option, value);
  }
}

/// Whether the option may be given to the method; if not, it is refused in the words there are.
bool accepted(const MethodInfo& info, const std::string& name, Changes with) {
  for (const auto& each : kValues)
    if (each.first == name) with[name] = each.second;
  const std::string thrown = test::thrown<UsageError>([&] { resolve_recipe(info, "", with); });
  if (thrown == "nothing was thrown") return true;
  EXPECT_EQ(thrown, "`" + name + "`: has no effect on this " + info.name + "; leave it out");
  return false;
}

/// The options of the table that may be given to a method, from `first` to `last` as one line.
std::string accepted_by(const std::string& method, const std::string& first,
                        const std::string& last, const Changes& with = {}) {
  std::string text;
  bool inside = false;
  for (const auto& [name, value] : kValues) {
    inside = inside || name == first;
    if (inside && accepted(find_method(method), name, with))
      text += (text.empty() ? "" : " ") + name;
    inside = inside && name != last;
  }
  return text;
}

TEST(RecipeOptions, OfAMethodAloneAreTakenByItAndRefusedByOthers) {
  const auto own = [](const char* method) { return accepted_by(method, "tau", "bn-splits"); };
  EXPECT_EQ(own("supervised"), "");
  EXPECT_EQ(own("simclr"), "tau projector");
  EXPECT_EQ(own("moco"), "tau projector ema ema-end queue bn-splits");
  EXPECT_EQ(own("byol"), "projector predictor ema ema-end");
  EXPECT_EQ(own("simsiam"), "projector predictor");
  EXPECT_EQ(own("posterior"), "posterior-loss");
  EXPECT_EQ(own("cont-steal"), "tau no-self-negatives positive-in-denominator symmetric");
  EXPECT_EQ(own("stolen-encoder"), "view-weight");
  for (const char* method : {"label", "mse", "cosine", "barlow"}) EXPECT_EQ(own(method), "");
  for (const char* method : {"cont-steal-code", "infonce", "softnn", "rda"})
    EXPECT_EQ(own(method), "tau");
}

TEST(RecipeOptions, OfViewsAreTakenWhereTheyHaveAnEffect) {
  const auto views = [](const char* method, const Changes& with = {}) {
    return accepted_by(method, "policy", "adapter", with);
  };
  for (const char* method : {"supervised", "simclr", "moco", "byol", "simsiam"})
    EXPECT_EQ(views(method), "policy") << method;
  for (const char* method : {"label", "posterior"})
    EXPECT_EQ(views(method), "surrogate-view victim-view") << method;
  for (const char* method : {"mse", "cosine", "cont-steal-code", "infonce", "softnn"})
    EXPECT_EQ(views(method), "surrogate-view victim-view adapter") << method;
  EXPECT_EQ(views("cont-steal"), "policy surrogate-view victim-view adapter");
  EXPECT_EQ(views("barlow"), "victim-view adapter");
  EXPECT_EQ(views("stolen-encoder"), "policy views victim-view adapter");
  EXPECT_EQ(views("rda"), "policy views adapter");
  EXPECT_EQ(views("mse", {{"surrogate-view", "fresh"}}),
            "policy surrogate-view victim-view adapter");
}

TEST(RecipeOptions, DependOnOneAnother) {
  EXPECT_FALSE(accepted(find_method("mse"), "keep-adapter", {}));
  EXPECT_TRUE(accepted(find_method("mse"), "keep-adapter", {{"adapter", "linear"}}));
  EXPECT_FALSE(accepted(find_method("mse"), "momentum", {}));
  for (const char* optimizer : {"sgd", "lars"})
    EXPECT_TRUE(accepted(find_method("mse"), "momentum", {{"optimizer", optimizer}}));
  EXPECT_FALSE(accepted(find_method("simclr"), "momentum", {{"optimizer", "adamw"}}));
}

TEST(RecipeOptions, AreParsedStrictly) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> wrong{
      {"epochs", {"", "-1", "1.5", "x", "10000001"}},
      {"batch", {"0", "-1"}},
      {"lr", {"0", "nan", "inf", "1e7", "1,5"}},
      {"optimizer", {"", "SGD", "lbfgs"}},
      {"momentum", {"-0.1", "1.1"}},
      {"clip-norm", {"-1", "nan", "x"}},
      {"schedule", {"linear"}},
      {"warmup", {"-1", "x"}},
      {"tau", {"0", "-1", "10001"}},
      {"projector", {"", ",", "64,", ",64", "64,,32", "0", "64 32", "-1", "65537"}},
      {"predictor", {"", "0", "8,"}},
      {"ema", {"-0.1", "1.1", "x"}},
      {"ema-end", {"2"}},
      {"queue", {"0", "x"}},
      {"bn-splits", {"0"}},
      {"policy", {"none", ""}},
      {"views", {"0", "1.5"}},
      {"view-weight", {"-1", "x"}},
      {"adapter", {"", "mlp"}},
      {"freeze", {"", "layer4", "all"}},
      {"surrogate-view", {"new"}},
      {"victim-view", {"new"}},
      {"posterior-loss", {"l1"}},
  };
  for (const auto& [name, values] : wrong) {
    for (const MethodInfo& info : methods()) {
      const auto options = options_of(info);
      const RecipeOption* option = find(options, name);
      for (const std::string& value : values) {
        if (option == nullptr) continue;
        Recipe recipe = info.recipe("");
        const std::string message = test::thrown<UsageError>([&] { option->apply(recipe, value); });
        EXPECT_LE(message.find(name), 2U)  // behind a backtick or dashes

            << name << " '" << value << "': " << message;
      }
    }
  }
}

TEST(Recipe, IsChosenByNameAndThenChanged) {
  EXPECT_EQ(resolve("simclr", {}, "solo").optimizer, OptimizerKind::kLars);
  const Recipe changed = resolve("simclr", {{"lr", "0.5"}, {"epochs", "200"}}, "solo");
  EXPECT_EQ(changed.optimizer, OptimizerKind::kLars);
  EXPECT_DOUBLE_EQ(changed.learning_rate(200, 512),
                   0.5);  // as given: not scaled
  EXPECT_DOUBLE_EQ(changed.learning_rate(200, 64), 0.5);
  EXPECT_THROW(resolve("simclr", {}, "timm"), UsageError);
}

TEST(Recipe, ChangesACopyOfTheMethodsSettings) {
  EXPECT_EQ(stated("moco", resolve("moco", {{"queue", "96"}}), "queue"), 96);
  EXPECT_EQ(stated("moco", find_method("moco").recipe(""), "queue"), 4096);
}

TEST(Recipe, KeepsTheOrderOfEmaAndItsEnd) {
  const Recipe constant = resolve("byol", {{"ema", "0.9"}}, "solo");
  EXPECT_EQ(stated("byol", constant, "ema-end"), 0.9);
  const Recipe rising = resolve("byol", {{"ema-end", "1"}, {"ema", "0.9"}});
  EXPECT_EQ(stated("byol", rising, "ema"), 0.9);
  EXPECT_EQ(stated("byol", rising, "ema-end"), 1);
}

TEST(Recipe, WarmsUpInFewerEpochsThanThereAre) {
  EXPECT_EQ(resolve("simclr", {{"warmup", "4"}, {"epochs", "5"}}).warmup, 4);
  EXPECT_EQ(resolve("simclr", {{"epochs", "0"}}, "solo").warmup, 10);
  EXPECT_EQ(test::thrown<UsageError>([] {
              resolve("simclr", {{"warmup", "5"}, {"epochs", "5"}});
            }),
            "`warmup`: 5 epochs are not fewer than the 5 of the run; take "
            "fewer, or more `epochs`");
  EXPECT_THROW(resolve("simclr", {{"epochs", "10"}}, "solo"), UsageError);
}

}  // namespace
}  // namespace cs::methods
