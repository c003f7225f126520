/// The victim that a person names. A new kind is a file that makes it, and a case in open.cpp.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "answers/victim.hpp"
#include "victim/options.hpp"

namespace cs::victim {

/// For help: how a victim is named, and what victims there are.
extern const char* const kVictimForms;
extern const char* const kVictimKinds;

/// The file in `recorded:FILE`; nothing for a victim that is asked.
std::optional<std::filesystem::path> recording_of(const std::string& name);

/// Throws UsageError if the options do not go together for the victim of that name, as far as that
/// can be told before it is opened.
void check(const std::string& name, const VictimOptions& options);

/// `pixels`, `recorded:FILE` (answers/recorded.hpp), or a file told by its content: an encoder of
/// this project (.safetensors), weights of another program (safetensors or torch.save()), an ONNX
/// model, or TorchScript. Throws UsageError for TorchScript without AllowCode, for weights that are
/// not told their network or input, for other files that are, and for what check() refuses;
/// DataError for a file of another kind, which it names with the way to make a victim of it, and
/// for weights of another network.
std::unique_ptr<answers::Victim> open_victim(const std::string& name, const VictimOptions& options);

}  // namespace cs::victim
