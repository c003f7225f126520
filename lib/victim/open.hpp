/// The victim that a person names.
#pragma once

#include <memory>
#include <string>

#include "answers/victim.hpp"
#include "victim/options.hpp"

namespace cs::victim {

/// `pixels`, or a file told by its content: an encoder of this project (.safetensors) or
/// TorchScript. Throws UsageError for TorchScript without AllowCode and what check() refuses,
/// DataError for a file of another kind, which it names with the way to make a victim of it.
std::unique_ptr<answers::Victim> open_victim(const std::string& name, const VictimOptions& options);

}  // namespace cs::victim
