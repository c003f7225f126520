#include "methods/recipe_options.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "core/error.hpp"
#include "support/thrown.hpp"

namespace cs::methods {
namespace {

using Changes = std::map<std::string, std::string>;

Recipe resolve(const std::string& method, const Changes& changes, const std::string& name = "") {
  return resolve_recipe(find_method(method), name, changes);
}

const RecipeOption& option(const std::string& name) {
  for (const RecipeOption& each : recipe_options())
    if (each.name == name) return each;
  throw std::out_of_range(name);
}

/// A value other than every recipe's, for each option; in the order of the table.
const std::vector<std::pair<std::string, std::string>> kValues{
    {"epochs", "77"},
    {"batch", "33"},
    {"lr", "0.012"},
    {"optimizer", "lars"},
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
  ASSERT_EQ(recipe_options().size(), kValues.size());
  for (std::size_t i = 0; i < kValues.size(); ++i)
    EXPECT_EQ(recipe_options()[i].name, kValues[i].first);
}

/// What every option states, without one.
Json all_but(const Recipe& recipe, const std::string& name) {
  Json json;
  for (const RecipeOption& each : recipe_options())
    if (each.name != name) json[each.name] = each.state(recipe);
  return json;
}

TEST(RecipeOptions, ChangeWhatTheyStateAndNothingElse) {
  for (const auto& [name, value] : kValues) {
    Recipe recipe;
    recipe.keep_adapter = false;
    if (name == "ema") recipe.ema_end = 0.9;  // which --ema sets too
    const Recipe before = recipe;
    option(name).apply(recipe, value);
    EXPECT_EQ(all_but(before, name), all_but(recipe, name)) << name;
    EXPECT_NE(option(name).state(recipe), option(name).state(before)) << name;
    const Json stated = option(name).state(recipe);
    if (stated.is_string()) {
      EXPECT_EQ(stated, value) << name;
    } else if (stated.is_number()) {
      EXPECT_EQ(stated.get<double>(), std::stod(value)) << name;
    } else if (stated.is_boolean()) {
      EXPECT_EQ(stated, true) << name;
    }
  }
  EXPECT_EQ(resolve("simclr", {{"projector", "64,32,16"}}).projector,
            (std::vector<std::int64_t>{64, 32, 16}));
}

TEST(RecipeOptions, ThatHaveNoEffectAreRefused) {
  for (const auto& info : methods()) {
    for (const auto& [name, value] : kValues) {
      Changes changes{{name, value}};
      if (name == "keep-adapter") changes["adapter"] = "linear";
      if (name == "momentum") changes["optimizer"] = "sgd";
      if (name == "policy" && info.views == Views::kOne && info.answers)
        changes["surrogate-view"] = "fresh";
      Recipe changed = info.recipe("");
      for (const auto& [each, text] : changes) option(each).apply(changed, text);
      const bool used = option(name).used(info, changed);
      const std::string message =
          "`" + name + "`: has no effect on this " + info.name + "; leave it out";
      const std::string thrown =
          test::thrown<UsageError>([&] { resolve_recipe(info, "", changes); });
      if (used) {
        EXPECT_EQ(thrown, "nothing was thrown") << info.name << " --" << name;
      } else if (name != "keep-adapter") {  // --adapter may come first
        EXPECT_EQ(thrown, message);
      } else {
        EXPECT_NE(thrown, "nothing was thrown") << info.name;
      }
    }
  }
}

TEST(RecipeOptions, DoNotGiveAMethodLayersThatItDoesNotHave) {
  for (const char* option : {"projector", "predictor"})
    EXPECT_EQ(test::thrown<UsageError>([&] {
                resolve("mse", {{option, "8"}});
              }),
              "`" + std::string(option) + "`: has no effect on this mse; leave it out");
  EXPECT_THROW(resolve("simclr", {{"predictor", "8"}}), UsageError);
}

/// The methods on which an option has an effect, as one line.
std::string users(const std::string& name, const Changes& with = {}) {
  std::string text;
  for (const auto& info : methods()) {
    Recipe recipe = info.recipe("");
    for (const auto& [each, value] : with) option(each).apply(recipe, value);
    if (option(name).used(info, recipe)) text += (text.empty() ? "" : " ") + info.name;
  }
  return text;
}

TEST(RecipeOptions, HaveAnEffectOnTheseMethods) {
  const std::string imitating =
      "mse cosine cont-steal cont-steal-code infonce softnn barlow stolen-encoder rda";
  EXPECT_EQ(users("tau"), "simclr moco cont-steal cont-steal-code infonce softnn rda");
  EXPECT_EQ(users("symmetric"), "cont-steal");
  EXPECT_EQ(users("posterior-loss"), "posterior");
  EXPECT_EQ(users("view-weight"), "stolen-encoder");
  EXPECT_EQ(users("projector"), "simclr moco byol simsiam");
  EXPECT_EQ(users("predictor"), "byol simsiam");
  EXPECT_EQ(users("ema"), "moco byol");
  EXPECT_EQ(users("ema-end"), "moco byol");
  EXPECT_EQ(users("queue"), "moco");
  EXPECT_EQ(users("bn-splits"), "moco");
  EXPECT_EQ(users("policy"), "supervised simclr moco byol simsiam cont-steal stolen-encoder rda");
  EXPECT_EQ(users("views"), "stolen-encoder rda");
  EXPECT_EQ(users("surrogate-view"),
            "label posterior mse cosine cont-steal cont-steal-code infonce softnn");
  EXPECT_EQ(users("victim-view"),
            "label posterior mse cosine cont-steal cont-steal-code infonce softnn barlow "
            "stolen-encoder");
  EXPECT_EQ(users("adapter"), imitating);
  EXPECT_EQ(users("keep-adapter"), "");
  EXPECT_EQ(users("keep-adapter", {{"adapter", "linear"}}), imitating);
  EXPECT_EQ(users("momentum", {{"optimizer", "adamw"}}), "");
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
    for (const std::string& value : values) {
      Recipe recipe;
      const std::string message =
          test::thrown<UsageError>([&, name = name] { option(name).apply(recipe, value); });
      EXPECT_EQ(message.find(name), 2U - (message.at(0) == '`' ? 1U : 0U))
          << name << " '" << value << "': " << message;
    }
  }
}

TEST(Recipe, IsChosenByNameAndThenChanged) {
  EXPECT_EQ(resolve("simclr", {}, "solo").optimizer, OptimizerKind::kLars);
  const Recipe changed = resolve("simclr", {{"lr", "0.5"}, {"epochs", "200"}}, "solo");
  EXPECT_EQ(changed.optimizer, OptimizerKind::kLars);
  EXPECT_DOUBLE_EQ(changed.learning_rate(200, 512), 0.5);  // as given: not scaled
  EXPECT_DOUBLE_EQ(changed.learning_rate(200, 64), 0.5);
  EXPECT_THROW(resolve("simclr", {}, "timm"), UsageError);
}

TEST(Recipe, KeepsTheOrderOfEmaAndItsEnd) {
  const Recipe constant = resolve("byol", {{"ema", "0.9"}}, "solo");
  EXPECT_EQ(constant.ema_end, 0.9);
  const Recipe rising = resolve("byol", {{"ema-end", "1"}, {"ema", "0.9"}});
  EXPECT_EQ(rising.ema, 0.9);
  EXPECT_EQ(rising.ema_end, 1);
}

TEST(Recipe, WarmsUpInFewerEpochsThanThereAre) {
  EXPECT_EQ(resolve("simclr", {{"warmup", "4"}, {"epochs", "5"}}).warmup, 4);
  EXPECT_EQ(resolve("simclr", {{"epochs", "0"}}, "solo").warmup, 10);
  EXPECT_EQ(test::thrown<UsageError>([] {
              resolve("simclr", {{"warmup", "5"}, {"epochs", "5"}});
            }),
            "`warmup`: 5 epochs are not fewer than the 5 of the run; take fewer, or more `epochs`");
  EXPECT_THROW(resolve("simclr", {{"epochs", "10"}}, "solo"), UsageError);
}

}  // namespace
}  // namespace cs::methods
