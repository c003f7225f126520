#include "methods/list.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/error.hpp"
#include "methods/recipe_options.hpp"

namespace cs::methods {
namespace {

TEST(Methods, HaveNamesAndOneLineSummariesOfTheirOwn) {
  std::set<std::string> names;
  for (const auto& info : methods()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.summary.empty()) << info.name;
    EXPECT_LE(info.summary.size(), 60U) << info.name;
    EXPECT_EQ(info.summary.find_first_of("\n."), std::string::npos) << info.name;
    EXPECT_EQ(&find_method(info.name), &info);
  }
}

TEST(Methods, ThatStealNeverSeeGroundTruth) {
  for (const auto& info : methods()) {
    EXPECT_FALSE(info.answers && info.needs_labels) << info.name;
    EXPECT_FALSE(info.merge_answers != nullptr && !info.imitates()) << info.name;
  }
}

TEST(Methods, ThatDoNotExistAreRefusedWithTheNamesOfThoseThatDo) {
  try {
    find_method("conts-teal");
    FAIL() << "no error";
  } catch (const UsageError& error) {
    for (const auto& info : methods()) {
      EXPECT_NE(std::string(error.what()).find(info.name), std::string::npos) << error.what();
    }
  }
}

TEST(Methods, HaveRecipesOfDifferentNamesWhereThereAreSeveral) {
  for (const auto& info : methods()) {
    ASSERT_FALSE(info.recipes.empty()) << info.name;
    std::set<std::string> names;
    for (const Recipe& recipe : info.recipes) names.insert(recipe.name);
    EXPECT_EQ(names.size(), info.recipes.size()) << info.name;
    EXPECT_EQ(names.count("") > 0, info.recipes.size() == 1) << info.name;
  }
  EXPECT_EQ(recipe_names(), (std::vector<std::string>{"dkobak", "lightly", "solo"}));
}

TEST(Methods, ShareWordsOnlyForTheSameOption) {
  std::map<std::string, RecipeOption> seen;
  for (const auto& info : methods()) {
    for (const RecipeOption& option : options_of(info)) {
      const RecipeOption& known = seen.emplace(option.name, option).first->second;
      EXPECT_EQ(option.help, known.help) << info.name;
      EXPECT_EQ(option.argument, known.argument) << info.name;
    }
  }
}

}  // namespace
}  // namespace cs::methods
