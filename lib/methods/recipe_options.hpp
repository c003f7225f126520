/// The options that change a method's recipe, as one table: each has the method's own value as its
/// default, and none may be given where it has no effect.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "methods/method.hpp"

namespace cs::methods {

struct RecipeOption {
  std::string name;      ///< "lr"
  std::string argument;  ///< what help calls its value; empty for a flag
  std::string help;
  /// Converts strictly and sets the field; throws UsageError.
  void (*apply)(Recipe& recipe, const std::string& value);
  /// Whether the option has an effect on this method, given the rest of the recipe.
  bool (*used)(const MethodInfo& info, const Recipe& recipe);
  /// The field's value, as metadata state it.
  Json (*state)(const Recipe& recipe);
};

const std::vector<RecipeOption>& recipe_options();

/// The method's recipe called `name` ("" = its default) with `changes` (option name to value)
/// applied; throws UsageError for a value that is wrong or an option that would have no effect.
Recipe resolve_recipe(const MethodInfo& info, const std::string& name,
                      const std::map<std::string, std::string>& changes);

}  // namespace cs::methods
