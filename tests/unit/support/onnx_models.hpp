/// Small ONNX models for tests, written field by field; see onnx.proto for the numbers.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "formats/protobuf.hpp"

namespace cs::test {

/// Numbers that stand for trained weights.
inline std::vector<float> onnx_weights(std::size_t count) {
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i)
    numbers[i] = static_cast<float>(std::sin(1.7 * static_cast<double>(i) + 0.3));
  return numbers;
}

namespace onnx {

using formats::wire_bytes;
using formats::wire_varint;

inline std::string bytes_of(const std::vector<float>& numbers) {
  std::string bytes(numbers.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

/// f32 numbers as raw data (field 9) or as a list (4).
inline std::string tensor(const std::string& name, const std::vector<std::int64_t>& shape,
                          std::uint32_t field = 9) {
  std::string message;
  std::size_t count = 1;
  for (const std::int64_t extent : shape) {
    message += wire_varint(1, static_cast<std::uint64_t>(extent));
    count *= static_cast<std::size_t>(extent);
  }
  return message + wire_varint(2, 1) + wire_bytes(8, name) +
         wire_bytes(field, bytes_of(onnx_weights(count)));
}

inline std::string value(const std::string& name, std::int64_t type,
                         const std::vector<std::int64_t>& shape) {
  std::string extents;
  for (const std::int64_t extent : shape)
    extents += wire_bytes(
        1, extent > 0 ? wire_varint(1, static_cast<std::uint64_t>(extent)) : wire_bytes(2, "free"));
  const std::string tensor_type =
      wire_varint(1, static_cast<std::uint64_t>(type)) + wire_bytes(2, extents);
  return wire_bytes(1, name) + wire_bytes(2, wire_bytes(1, tensor_type));
}

inline std::string whole_numbers(const std::string& name, const std::vector<std::int64_t>& values) {
  std::string message = wire_bytes(1, name);
  for (const std::int64_t number : values)
    message += wire_varint(8, static_cast<std::uint64_t>(number));
  return message + wire_varint(20, 7);  // type INTS
}

inline std::string whole_number(const std::string& name, std::int64_t number) {
  return wire_bytes(1, name) + wire_varint(3, static_cast<std::uint64_t>(number)) +
         wire_varint(20, 2);
}

inline std::string node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::string& output, const std::vector<std::string>& attributes = {},
                        const std::string& name = "") {
  std::string message;
  for (const std::string& input : inputs) message += wire_bytes(1, input);
  message += wire_bytes(2, output);
  if (!name.empty()) message += wire_bytes(3, name);
  message += wire_bytes(4, op);
  for (const std::string& attribute : attributes) message += wire_bytes(5, attribute);
  return message;
}

/// The model of a graph's fields.
inline std::string model(const std::string& graph, int opset = 13) {
  const std::string version = wire_bytes(1, "") + wire_varint(2, static_cast<std::uint64_t>(opset));
  return wire_varint(1, 7) + wire_bytes(2, "test") + wire_bytes(7, graph) + wire_bytes(8, version);
}

}  // namespace onnx

/// conv (3 -> 4 channels, 3x3) -> `op` -> mean over the image = features -> linear (4 -> 2) =
/// logits
struct OnnxSettings {
  std::vector<std::int64_t> shape = {0, 3, 0, 0};  ///< of the input; 0: free
  std::int64_t type = 1;                           ///< of the input
  bool nhwc = false;                               ///< begins by moving the channels
  std::vector<std::string> outputs = {"features"};
  std::vector<std::string> gemm = {onnx::whole_number("transB", 1)};  ///< its attributes
  std::string op = "Relu";                                            ///< after the convolution
  std::string extra_input;  ///< the name of a second input
};

inline std::string onnx_model(const OnnxSettings& settings = {}) {
  using namespace onnx;  // NOLINT(google-build-using-namespace)
  std::string graph;
  std::string image = "image";
  if (settings.nhwc) {
    graph +=
        wire_bytes(1, node("Transpose", {image}, "moved", {whole_numbers("perm", {0, 3, 1, 2})}));
    image = "moved";
  }
  graph += wire_bytes(
      1,
      node("Conv", {image, "w"}, "sums",
           {whole_numbers("kernel_shape", {3, 3}), whole_numbers("pads", {1, 1, 1, 1})}, "conv1"));
  graph += wire_bytes(1, node(settings.op, {"sums"}, "active", {}, "act1"));
  graph += wire_bytes(1, node("GlobalAveragePool", {"active"}, "means"));
  graph += wire_bytes(1, node("Flatten", {"means"}, "features"));
  graph += wire_bytes(1, node("Gemm", {"features", "fc", "b"}, "logits", settings.gemm, "fc"));
  graph += wire_bytes(2, "tiny");
  graph += wire_bytes(5, tensor("w", {4, 3, 3, 3}));
  graph += wire_bytes(5, tensor("fc", {2, 4}));
  graph += wire_bytes(5, tensor("b", {2}, 4));
  graph += wire_bytes(11, value("image", settings.type, settings.shape));
  if (!settings.extra_input.empty()) graph += wire_bytes(11, value(settings.extra_input, 1, {1}));
  for (const std::string& output : settings.outputs)
    graph += wire_bytes(12, value(output, 1, {settings.shape.at(0), output == "logits" ? 2 : 4}));
  return model(graph);
}

}  // namespace cs::test
