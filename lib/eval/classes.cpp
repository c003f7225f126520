#include "eval/classes.hpp"

#include <ATen/ATen.h>

#include <cstdint>
#include <unordered_map>

namespace cs::eval {

at::Tensor match_names(const std::vector<std::string>& names,
                       const std::vector<std::string>& others) {
  if (names == others) return at::arange(static_cast<std::int64_t>(names.size()), at::kLong);
  std::unordered_map<std::string, std::int64_t> at;
  for (const std::string& other : others) at.try_emplace(other, at.size());
  std::vector<std::int64_t> positions;
  for (const std::string& name : names) {
    const auto found = at.find(name);
    positions.push_back(found == at.end() ? -1 : found->second);
  }
  return at::tensor(positions, at::kLong);
}

at::Tensor present(const at::Tensor& ids, std::size_t count) {
  return ids.bincount({}, static_cast<std::int64_t>(count)).gt(0);
}

std::vector<std::string> names_where(const at::Tensor& chosen,
                                     const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (chosen[static_cast<std::int64_t>(i)].item<bool>()) found.push_back(names[i]);
  return found;
}

}  // namespace cs::eval
