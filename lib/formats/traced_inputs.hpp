/// What TorchScript files say of the input that they were traced with.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cs::formats {

/// The shape of the tensor with which torch.jit.trace() recorded the program of a TorchScript file,
/// e.g. {1, 3, 224, 224}. Nothing where the file does not say: it is of torch.jit.script(), of
/// PyTorch before 2.0, or takes anything but one tensor. Never throws: what is damaged says
/// nothing.
std::optional<std::vector<std::int64_t>> traced_shape(std::string_view bytes);

}  // namespace cs::formats
