#include "source/classes.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cs::source {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Without leading zeros, so that the longer number is the larger one.
std::string_view digits(std::string_view number) {
  return number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

}  // namespace

bool class_less(std::string_view a, std::string_view b) {
  if (is_number(a) != is_number(b)) return is_number(a);
  if (!is_number(a)) return a < b;
  const std::size_t a_length = digits(a).size();
  const std::size_t b_length = digits(b).size();
  return std::make_tuple(a_length, digits(a), a) < std::make_tuple(b_length, digits(b), b);
}

ClassIndex::ClassIndex(std::vector<std::string> names) : names_(std::move(names)) {
  std::sort(names_.begin(), names_.end(), class_less);
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

std::int32_t ClassIndex::label(std::string_view name) const {
  const auto at = std::lower_bound(names_.begin(), names_.end(), name, class_less);
  return at == names_.end() || *at != name ? -1 : static_cast<std::int32_t>(at - names_.begin());
}

std::vector<std::string> merge_classes(const std::vector<std::vector<std::string>>& lists) {
  const std::vector<std::string>& first = lists.front();
  std::vector<std::string> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  const ClassIndex in_first(first);
  const ClassIndex in_all(all);
  return in_all.names() == in_first.names() ? first : in_all.names();
}

}  // namespace cs::source
