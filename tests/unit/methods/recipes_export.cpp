// Prints the recipes of every method as JSON lines, for recipes_reference.py to hold against the
// tables of the manual page: what the page calls them, and under "options" all that they state.

#include <iostream>

#include "core/json.hpp"
#include "methods/list.hpp"
#include "methods/recipe_options.hpp"

int main() {
  namespace methods = cs::methods;
  using methods::Views;
  for (const methods::MethodInfo& info : methods::methods()) {
    for (const methods::Recipe& r : info.recipes) {
      cs::Json options;
      for (const methods::RecipeOption& option : methods::options_of(info))
        options[option.name] = option.state(r);
      const bool chooses = info.answers && info.views == Views::kOne;
      const cs::Json line = {
          {"method", info.name},  {"recipe", r.name},
          {"lr", r.lr},           {"lr_batch", r.lr_batch},
          {"lr_long", r.lr_long}, {"chooses", chooses || info.views == Views::kAnsweredPair},
          {"options", options}};
      std::cout << cs::to_line(line) << '\n';
    }
  }
}
