#include "methods/option.hpp"

#include "core/json.hpp"
#include "core/parse.hpp"

namespace cs::methods {
namespace {

constexpr std::uint64_t kMostCounted = 10'000'000;
constexpr std::uint64_t kWidest = 65536;

/// What messages call an option.
std::string quoted(const std::string& name) { return "`" + name + "`"; }

/// The state of a value that JSON has a type for.
template <typename Value>
std::function<Json(const Recipe&)> stated(const Field<Value>& value) {
  return [value](Recipe recipe) { return Json(value(recipe)); };
}

}  // namespace

RecipeOption number_option(const std::string& name, const std::string& help,
                           const Field<double>& value, double low, double high) {
  const auto apply = [=](Recipe& recipe, const std::string& text) {
    value(recipe) = parse_number(quoted(name), text, low, high);
  };
  return {name, "X", help, apply, stated(value)};
}

RecipeOption count_option(const std::string& name, const std::string& help,
                          const Field<std::int64_t>& value, std::uint64_t low) {
  const auto apply = [=](Recipe& recipe, const std::string& text) {
    value(recipe) =
        static_cast<std::int64_t>(parse_unsigned(quoted(name), text, low, kMostCounted));
  };
  return {name, "N", help, apply, stated(value)};
}

RecipeOption flag_option(const std::string& name, const std::string& help, const Field<bool>& value,
                         bool on) {
  const auto apply = [=](Recipe& recipe, const std::string& /*text*/) { value(recipe) = on; };
  const auto state = [=](Recipe recipe) { return Json(value(recipe) == on); };
  return {name, "", help, apply, state};
}

RecipeOption widths_option(const std::string& name, const std::string& argument,
                           const std::string& help, const Field<std::vector<std::int64_t>>& value) {
  const auto apply = [=](Recipe& recipe, const std::string& text) {
    std::vector<std::int64_t> widths;
    for (const std::string& each : split(text, ','))
      widths.push_back(static_cast<std::int64_t>(parse_unsigned(quoted(name), each, 1, kWidest)));
    value(recipe) = widths;
  };
  return {name, argument, help, apply, stated(value)};
}

RecipeOption text_option(const std::string& name, const std::string& argument,
                         const std::string& help,
                         std::function<void(Recipe& recipe, const std::string& text)> parse,
                         std::function<std::string(const Recipe& recipe)> print) {
  const auto state = [print = std::move(print)](const Recipe& recipe) {
    return Json(print(recipe));
  };
  return {name, argument, help, std::move(parse), state};
}

RecipeOption temperature_option(const Field<double>& value) {
  // The function owns its copy. NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks)
  return number_option("tau", "Temperature of the contrastive loss.", value, 1e-4, 1e4);
}

}  // namespace cs::methods
