#include "methods/optimization.hpp"

#include <array>

#include "core/error.hpp"

namespace cs::methods {
namespace {

constexpr std::array<const char*, 4> kWords = {"sgd", "adam", "adamw", "lars"};  // as the enum

}  // namespace

std::string to_string(OptimizerKind kind) { return kWords.at(static_cast<std::size_t>(kind)); }

std::string to_string(Schedule schedule) {
  return schedule == Schedule::kConstant ? "constant" : "cosine";
}

OptimizerKind parse_optimizer(const std::string& text) {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (text == kWords.at(i)) return static_cast<OptimizerKind>(i);
  }
  throw UsageError("`optimizer`", "'" + printable(text) + "' is none of sgd|adam|adamw|lars");
}

Schedule parse_schedule(const std::string& text) {
  for (const auto schedule : {Schedule::kConstant, Schedule::kCosine}) {
    if (text == to_string(schedule)) return schedule;
  }
  throw UsageError("`schedule`", "'" + printable(text) + "' is none of constant|cosine");
}

}  // namespace cs::methods
