/// What a TorchScript program returns, and which part of it answers.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <optional>
#include <string>

namespace cs::victim {

/// The tensor that answers: `value` itself, or the part that `output` names by the key of a
/// dictionary or the position, from 0, in a tuple or list; of a part that is one of these, by both:
/// "hidden.1". Throws DataError naming `program` if there are several and none is named, UsageError
/// if there is none of that name; both list what there is.
at::Tensor chosen_output(const std::string& program, const c10::IValue& value,
                         const std::optional<std::string>& output);

}  // namespace cs::victim
