/// What an ONNX model says about itself: inputs, outputs, operators. Others run it; this reader
/// says what will be run, and keeps damaged files from a runtime that trusts them.
///
/// ONNX is a protocol buffer (onnx.proto). The few of its fields that are needed take less code to
/// read than protoc would generate, and no library, so sanitizers and a fuzzer reach all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/onnx_tensor.hpp"

namespace cs::formats {

/// An input or output of a model.
struct OnnxValue {
  using Extent = std::optional<std::int64_t>;  ///< none if it is free

  std::string_view name;
  std::int64_t type = 0;                     ///< of its numbers; 0 if not stated, or no tensor
  std::optional<std::vector<Extent>> shape;  ///< none if it is not stated
  std::size_t index = 0;                     ///< in the file's list of inputs, or outputs
};

/// "f32 ? x 3 x 224 x 224", where ? is what is free.
std::string words_for(const OnnxValue& value);

struct OnnxNode {
  std::string_view op;                                       ///< type of the operator
  std::string_view name;                                     ///< may be empty
  std::vector<std::pair<std::string_view, double>> numbers;  ///< attributes that are one number

  /// An attribute's number; none if it is not stated.
  std::optional<double> number(std::string_view attribute) const;
};

/// "operator Conv (node conv1)".
std::string words_for(const OnnxNode& node);

/// Points into the bytes of its file.
struct OnnxModel {
  std::uint64_t opset = 0;        ///< version of ONNX's own operators
  std::vector<OnnxValue> inputs;  ///< but those that initializers fill
  std::vector<OnnxValue> outputs;
  std::vector<OnnxNode> nodes;  ///< of the main graph, in their order
};

/// Reads a model. Throws DataError naming `subject` if the file is damaged: a field is cut short, a
/// tensor has not the numbers that its shape says, a node takes what nothing made before it, a name
/// is given twice. Also for weights in files beside it or in sparse form, and for over a hundred
/// thousand nodes. Time and memory are at most in proportion to the bytes.
OnnxModel parse_onnx(std::string_view subject, std::string_view bytes);

/// The model `bytes`, which parse_onnx() takes, with another shape of the input of this index. What
/// was free is fixed, so that a runtime can compute with it.
std::string with_input_shape(std::string_view bytes, std::size_t index,
                             const std::vector<std::int64_t>& shape);

}  // namespace cs::formats
