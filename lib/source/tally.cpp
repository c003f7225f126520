#include "source/tally.hpp"

#include <iterator>

#include "core/error.hpp"

namespace cs::source {

void Tally::add(std::string_view name) {
  ++count_;
  if (first_.size() == most_named_ && (first_.empty() || !(name < *first_.rbegin()))) return;
  first_.emplace(name);
  if (first_.size() > most_named_) first_.erase(std::prev(first_.end()));
}

std::string Tally::count_of(const std::string& noun) const {
  return std::to_string(count_) + " " + noun + (count_ == 1 ? "" : "s");
}

std::string Tally::names() const {
  std::string list;
  for (const std::string& name : first_) list += (list.empty() ? "" : ", ") + printable(name);
  if (count_ == first_.size()) return list;
  return list + (list.empty() ? "..." : ", ...");
}

}  // namespace cs::source
