/// The list of all training methods.
#pragma once

#include <string>
#include <vector>

#include "methods/method.hpp"

namespace cs::methods {

/// All methods, pre-training first, in the order in which help and manual list them.
const std::vector<MethodInfo>& methods();

/// The row called `name`; throws UsageError naming all methods.
const MethodInfo& find_method(const std::string& name);

/// "supervised: cross-entropy of a linear classifier with ground truth; simclr: ...", for --help.
std::string summaries();

/// The names of the recipes of methods that have several, each once.
std::vector<std::string> recipe_names();

}  // namespace cs::methods
