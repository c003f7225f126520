/// Tensors in ONNX files (onnx.proto, TensorProto): types, and whether their numbers are there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cs::formats {

/// The type of 32-bit floats, as onnx.proto numbers them.
inline constexpr std::int64_t kOnnxF32 = 1;

/// The name of a type: "f32", "u8"; "type 99" if it is none that we know.
std::string onnx_type_name(std::int64_t type);

/// Checks the tensor, a message in the model `subject`, and returns its name. Throws DataError if
/// it is damaged, if it has more or fewer numbers than its shape says, or if they are in another
/// file.
std::string_view check_onnx_tensor(std::string_view subject, std::string_view message);

}  // namespace cs::formats
