/// The weights of any module as safetensors: its parameters and buffers under their full names.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/file.hpp"
#include "core/hash.hpp"
#include "core/json_fwd.hpp"
#include "formats/safetensors.hpp"

namespace cs::nn {

using State = std::vector<std::pair<std::string, at::Tensor>>;

/// Parameters and buffers in the order of Python's state_dict(). The tensors share memory with the
/// module's.
State state_of(const torch::nn::Module& module);

/// A complete file of f32 and i64 tensors; throws Error for other types.
std::string to_safetensors(const State& state, const formats::Metadata& metadata);

/// Publishes a file of the tensors that is described by `about` (formats/weights_file.hpp), and
/// returns the digest of its bytes.
Digest save_weights(const std::filesystem::path& path, const State& state, const Json& about,
                    Overwrite overwrite);

/// Copies the file's tensors into those of `state`, on whatever device they are. Throws DataError
/// naming `subject` and the first tensor that is missing, not expected, of another shape or type,
/// or not finite; some may have been copied by then.
void copy_into(const State& state, const formats::Safetensors& file, std::string_view subject);

}  // namespace cs::nn
