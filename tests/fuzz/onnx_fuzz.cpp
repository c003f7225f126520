// ONNX models. Input: the file.
#include "formats/onnx.hpp"
#include "fuzz.hpp"

namespace cs::fuzz {

void run(Input input) {
  const Exact bytes(input.rest());
  const auto parsed = [](std::string_view from) {
    return accepted([&] { return formats::parse_onnx(kSubject, from); });
  };
  const auto model = parsed(bytes.view());
  if (!model) return;
  for (const formats::OnnxNode& node : model->nodes)
    require(!node.op.empty() && !words_for(node).empty(), "nodes have an operator");
  for (const formats::OnnxValue& output : model->outputs)
    require(!output.name.empty() && !words_for(output).empty(), "outputs have a name");
  for (const formats::OnnxValue& value : model->inputs) {
    const std::string fixed = formats::with_input_shape(bytes.view(), value.index, {1, 3, 8, 8});
    const auto again = parsed(fixed);
    require(again.has_value(), "a model whose input is fixed is a model");
    require(again->nodes.size() == model->nodes.size(), "its nodes are the same");
    for (const formats::OnnxValue& input_again : again->inputs)
      if (input_again.index == value.index)
        require(input_again.name == value.name && input_again.shape &&
                    *input_again.shape == decltype(input_again.shape)::value_type{1, 3, 8, 8},
                "the input has the shape that was asked for");
  }
}

}  // namespace cs::fuzz
