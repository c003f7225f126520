/// Classes of two sets, matched by their names.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace cs::eval {

/// For every entry of `names` its position among `others`, i64, -1 where it is none of them. Equal
/// lists match entry by entry, even where a name repeats.
at::Tensor match_names(const std::vector<std::string>& names,
                       const std::vector<std::string>& others);

/// Which of `count` classes the labels `ids`, i64 [N], name: bool [count].
at::Tensor present(const at::Tensor& ids, std::size_t count);

/// The names that `chosen`, bool, is true for.
std::vector<std::string> names_where(const at::Tensor& chosen,
                                     const std::vector<std::string>& names);

}  // namespace cs::eval
