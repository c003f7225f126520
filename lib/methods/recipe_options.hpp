/// All options that change a recipe, those of every method together: each has the method's value as
/// its default, and none may be given where it has no effect.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "methods/method.hpp"
#include "methods/option.hpp"

namespace cs::methods {

/// The options of all methods, each name once, in the order of help and histories: optimization,
/// losses, layers (each method's in its own order), views.
const std::vector<RecipeOption>& recipe_options();

/// Those that the method's recipes have: common ones and its own.
std::vector<RecipeOption> options_of(const MethodInfo& info);

/// Of these the ones that have an effect on this recipe.
std::vector<RecipeOption> effective_options(const MethodInfo& info, const Recipe& recipe);

/// The method's recipe called `name` ("" = its default) with `changes` (option name to value)
/// applied; throws UsageError for a value that is wrong or an option that would have no effect.
Recipe resolve_recipe(const MethodInfo& info, const std::string& name,
                      const std::map<std::string, std::string>& changes);

}  // namespace cs::methods
