#include "methods/recipe.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "methods/list.hpp"
#include "methods/recipe_options.hpp"

namespace cs::methods {
namespace {

const Recipe& recipe_of(const std::string& method, const std::string& name) {
  return find_method(method).recipe(name);
}

TEST(Recipe, ScalesTheLearningRateAsItsSourceSays) {
  const Recipe simclr = find_method("simclr").recipe("");
  EXPECT_DOUBLE_EQ(simclr.learning_rate(100, 512), 0.12);
  EXPECT_DOUBLE_EQ(simclr.learning_rate(101, 512), 0.06);
  EXPECT_DOUBLE_EQ(find_method("simclr").recipe("solo").learning_rate(1000, 512), 0.8);
  EXPECT_DOUBLE_EQ(find_method("moco").recipe("").learning_rate(200, 512), 0.24);
  EXPECT_DOUBLE_EQ(find_method("simsiam").recipe("").learning_rate(200, 512), 0.06);
  EXPECT_DOUBLE_EQ(find_method("supervised").recipe("").learning_rate(200, 128), 0.1);
  EXPECT_DOUBLE_EQ(find_method("cont-steal").recipe("").learning_rate(500, 1024), 3e-4);
}

TEST(Recipe, OfAnotherNameIsRefusedWithThoseThereAre) {
  EXPECT_EQ(find_method("simclr").recipe("lightly").name, "lightly");
  try {
    find_method("moco").recipe("dkobak");
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "`recipe`: 'dkobak' is none of moco's; use one of lightly, solo");
  }
  EXPECT_THROW(find_method("mse").recipe("solo"), UsageError);
}

/// What the recipe states of an option; null where its method has none of this name.
Json stated(const std::string& method, const std::string& recipe, const std::string& option) {
  for (const RecipeOption& each : options_of(find_method(method)))
    if (each.name == option) return each.state(recipe_of(method, recipe));
  return {};
}

/// What a recipe of pre-training says, beside what recipes_reference.py holds against the page.
struct Published {
  std::string method, recipe;
  double lr;  ///< of batches of 256 in 1000 epochs
  double weight_decay;
  std::int64_t batch, epochs, warmup;
  double tau;  ///< 0: it has none
  std::vector<std::int64_t> projector, predictor;
  std::string policy;
};

TEST(Recipe, HasTheNumbersThatItsSourcePublishes) {
  const std::vector<Published> all = {
      {"simclr", "dkobak", 0.03, 5e-4, 512, 100, 0, 0.5, {1024, 128}, {}, "simclr-dkobak"},
      {"simclr", "lightly", 0.12, 5e-4, 512, 200, 0, 0.5, {512, 128}, {}, "simclr-lightly"},
      {"simclr", "solo", 0.4, 1e-4, 256, 1000, 10, 0.2, {2048, 256}, {}, "simclr-lightly"},
      {"moco", "lightly", 0.12, 5e-4, 512, 200, 0, 0.1, {512, 128}, {}, "simclr-lightly"},
      {"moco", "solo", 0.3, 1e-4, 256, 1000, 10, 0.2, {2048, 256}, {}, "simclr-lightly"},
      {"byol", "lightly", 0.12, 5e-4, 512, 200, 0, 0, {1024, 256}, {1024}, "byol"},
      {"byol", "solo", 1.0, 1e-5, 256, 1000, 10, 0, {4096, 256}, {4096}, "byol"},
      {"simsiam", "lightly", 0.06, 5e-4, 128, 200, 0, 0, {2048, 2048}, {512}, "simclr"},
      {"simsiam", "solo", 0.5, 1e-5, 256, 1000, 10, 0, {2048, 2048, 2048}, {512}, "simclr-lightly"},
  };
  for (const Published& is : all) {
    const Recipe& r = recipe_of(is.method, is.recipe);
    const std::string where = is.method + " " + is.recipe;
    EXPECT_NEAR(r.learning_rate(1000, 256), is.lr, 1e-12) << where;
    EXPECT_EQ(r.weight_decay, is.weight_decay) << where;
    EXPECT_EQ(r.momentum, 0.9) << where;
    EXPECT_EQ(r.batch, is.batch) << where;
    EXPECT_EQ(r.epochs, is.epochs) << where;
    EXPECT_EQ(r.warmup, is.warmup) << where;
    EXPECT_EQ(r.schedule, Schedule::kCosine) << where;
    const auto own = [&](const char* option) { return stated(is.method, is.recipe, option); };
    EXPECT_EQ(own("tau"), is.tau > 0 ? Json(is.tau) : Json()) << where;
    EXPECT_EQ(own("projector"), Json(is.projector)) << where;
    EXPECT_EQ(own("predictor"), is.predictor.empty() ? Json() : Json(is.predictor)) << where;
    EXPECT_EQ(r.policy, is.policy) << where;
  }
}

TEST(Recipe, OfMocoHasTheQueueGroupsAndDecayOfItsSource) {
  EXPECT_EQ(stated("moco", "lightly", "queue"), 4096);
  EXPECT_EQ(stated("moco", "solo", "queue"), 32768);
  EXPECT_EQ(stated("moco", "lightly", "bn-splits"), 8);
  EXPECT_EQ(stated("moco", "solo", "bn-splits"), 1);
  EXPECT_EQ(stated("moco", "solo", "ema"), 0.99);
  EXPECT_EQ(stated("moco", "solo", "ema-end"), 0.999);
  EXPECT_EQ(stated("byol", "solo", "ema-end"), 1);
  EXPECT_EQ(stated("byol", "lightly", "ema-end"), 0.99);
}

TEST(Recipe, OfAttacksHasAConstantRateAndOfPreTrainingAFallingOne) {
  for (const MethodInfo& info : methods())
    EXPECT_EQ(info.recipe("").schedule, info.answers ? Schedule::kConstant : Schedule::kCosine)
        << info.name;
  EXPECT_EQ(recipe_of("rda", "").views, 5);
  EXPECT_EQ(recipe_of("stolen-encoder", "").views, 1);
  EXPECT_EQ(stated("stolen-encoder", "", "view-weight"), 20);
}

TEST(Recipe, RefusesSettingsOfAnotherType) {
  EXPECT_THROW(find_method("moco").recipe("").settings<double>(), std::bad_any_cast);
}

}  // namespace
}  // namespace cs::methods
