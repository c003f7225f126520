/// The order of class names, one for all sources.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cs::source {

/// Whole numbers by their value ("9" before "10"), then all other names byte by byte.
bool class_less(std::string_view a, std::string_view b);

/// Labels for names: label i is the i-th name in the order of class_less().
class ClassIndex {
 public:
  explicit ClassIndex(std::vector<std::string> names);  ///< repeats allowed
  const std::vector<std::string>& names() const { return names_; }
  std::int32_t label(std::string_view name) const;  ///< -1 if there is none of this name

 private:
  std::vector<std::string> names_;
};

/// The classes of several lists: the first list as it is if it names them all, else all of them in
/// the order of class_less().
std::vector<std::string> merge_classes(const std::vector<std::vector<std::string>>& lists);

}  // namespace cs::source
