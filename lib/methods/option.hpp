/// Options that change a recipe, as rows: a method's file lists those of its own settings, and
/// methods/recipe_options.hpp those that all recipes have. A row's default is the recipe's value.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/json_fwd.hpp"
#include "core/words.hpp"
#include "methods/recipe.hpp"

namespace cs::methods {

struct MethodInfo;

struct RecipeOption {
  std::string name;      ///< "lr"
  std::string argument;  ///< what help calls its value; empty for a flag
  std::string help;      ///< one sentence
  /// Converts strictly and sets the value; throws UsageError.
  std::function<void(Recipe& recipe, const std::string& text)> apply;
  /// The value, as metadata state it.
  std::function<Json(const Recipe& recipe)> state;
  /// Whether it has an effect on this method, given the rest of the recipe; empty = always.
  std::function<bool(const MethodInfo& info, const Recipe& recipe)> used = nullptr;
};

/// A value somewhere in a recipe.
template <typename Value>
using Field = std::function<Value&(Recipe& recipe)>;

/// A member of Recipe, or of the method's own settings: field(&MocoSettings::queue).
template <typename Value, typename Settings>
Field<Value> field(Value Settings::*member) {
  return [member](Recipe& recipe) -> Value& {
    if constexpr (std::is_same_v<Settings, Recipe>)
      return recipe.*member;
    else
      return std::any_cast<Settings&>(recipe.own).*member;
  };
}

/// A number from `low` to `high`.
RecipeOption number_option(const std::string& name, const std::string& help,
                           const Field<double>& value, double low, double high);

/// A whole number of at least `low`.
RecipeOption count_option(const std::string& name, const std::string& help,
                          const Field<std::int64_t>& value, std::uint64_t low);

/// A flag; given, it sets the member to `on`, and it counts as given where the member is that.
RecipeOption flag_option(const std::string& name, const std::string& help, const Field<bool>& value,
                         bool on = true);

/// The widths of layers, as "1024,128".
RecipeOption widths_option(const std::string& name, const std::string& argument,
                           const std::string& help, const Field<std::vector<std::int64_t>>& value);

/// A value that is text in metadata: `parse` throws UsageError for text that is wrong.
RecipeOption text_option(const std::string& name, const std::string& argument,
                         const std::string& help,
                         std::function<void(Recipe& recipe, const std::string& text)> parse,
                         std::function<std::string(const Recipe& recipe)> print);

/// One word of a table.
template <typename Value, std::size_t kCount>
RecipeOption word_option(const std::string& name, const std::string& help,
                         const Field<Value>& value, const Words<Value, kCount>& words) {
  return text_option(
      name, words.choices(), help,
      [value, words](Recipe& recipe, const std::string& text) {
        value(recipe) = words.parse(text);
      },
      [value, words](Recipe recipe) { return words.print(value(recipe)); });
}

/// `tau`, the temperature of a contrastive loss.
RecipeOption temperature_option(const Field<double>& value);

}  // namespace cs::methods
