#include "formats/onnx.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "formats/protobuf.hpp"
#include "support/onnx_models.hpp"
#include "support/thrown.hpp"

namespace cs::formats {
namespace {

using namespace std::string_literals;
using test::onnx_model;
using test::OnnxSettings;
using Extents = std::vector<OnnxValue::Extent>;

/// Keeps the bytes, into which the model points.
OnnxModel onnx_of(const std::string& bytes) {
  static std::deque<std::string> kept;
  return parse_onnx("m.onnx", kept.emplace_back(bytes));
}

std::string onnx_refusal(const std::string& bytes) {
  return test::thrown<DataError>([&] { onnx_of(bytes); });
}

void expect_onnx_refusal(const std::string& bytes, const std::string& why) {
  const std::string message = onnx_refusal(bytes);
  EXPECT_EQ(message.rfind("m.onnx: ", 0), 0U) << message;
  EXPECT_NE(message.find(why), std::string::npos) << message;
}

/// A graph of one initializer.
std::string with_tensor(const std::string& tensor) {
  return test::onnx::model(wire_bytes(5, tensor));
}

/// `count` numbers 1 of a type, as field `list` of one entry each.
std::string list_tensor(std::uint64_t type, std::uint64_t extent, std::uint32_t list,
                        std::uint64_t count) {
  std::string tensor = wire_varint(1, extent) + wire_varint(2, type) + wire_bytes(8, "t");
  for (std::uint64_t i = 0; i < count; ++i) tensor += wire_varint(list, 1);
  return tensor;
}

std::string raw_tensor(std::uint64_t type, std::uint64_t extent, std::size_t bytes) {
  return wire_varint(1, extent) + wire_varint(2, type) + wire_bytes(8, "t") +
         wire_bytes(9, std::string(bytes, 'x'));
}

TEST(Onnx, SaysWhatGoesInAndOut) {
  OnnxSettings settings;
  settings.shape = {0, 3, 8, 16};
  settings.outputs = {"features", "logits"};
  const OnnxModel model = onnx_of(onnx_model(settings));
  EXPECT_EQ(model.opset, 13U);
  ASSERT_EQ(model.inputs.size(), 1U);
  EXPECT_EQ(model.inputs[0].name, "image");
  EXPECT_EQ(model.inputs[0].type, kOnnxF32);
  EXPECT_EQ(model.inputs[0].shape, (Extents{{}, 3, 8, 16}));
  EXPECT_EQ(words_for(model.inputs[0]), "f32 ? x 3 x 8 x 16");
  ASSERT_EQ(model.outputs.size(), 2U);
  EXPECT_EQ(model.outputs[1].name, "logits");
  EXPECT_EQ(words_for(model.outputs[1]), "f32 ? x 2");
}

TEST(Onnx, NamesItsOperatorsAndTheirNumbers) {
  const OnnxModel model = onnx_of(onnx_model());
  ASSERT_EQ(model.nodes.size(), 5U);
  EXPECT_EQ(words_for(model.nodes[0]), "operator Conv (node conv1)");
  EXPECT_EQ(words_for(model.nodes[3]), "operator Flatten");
  EXPECT_EQ(model.nodes[4].number("transB"), 1);
  EXPECT_EQ(model.nodes[4].number("alpha"), std::nullopt);
}

TEST(Onnx, TakesInitializersOutOfTheInputs) {
  const std::string graph = wire_bytes(11, test::onnx::value("w", 1, {2})) +
                            wire_bytes(11, test::onnx::value("x", 10, {1, 2})) +
                            wire_bytes(5, test::onnx::tensor("w", {2})) +
                            wire_bytes(1, test::onnx::node("Add", {"x", "w"}, "y")) +
                            wire_bytes(12, test::onnx::value("y", 1, {1, 2}));
  const OnnxModel model = onnx_of(test::onnx::model(graph));
  ASSERT_EQ(model.inputs.size(), 1U);
  EXPECT_EQ(model.inputs[0].name, "x");
  EXPECT_EQ(model.inputs[0].index, 1U);
  EXPECT_EQ(words_for(model.inputs[0]), "f16 1 x 2");
}

TEST(Onnx, TakesNumbersBelowOneForFreeExtents) {
  const auto input = [](const std::string& dims) {
    const std::string type = wire_bytes(1, wire_varint(1, 1) + wire_bytes(2, dims));
    return onnx_of(test::onnx::model(wire_bytes(11, wire_bytes(1, "x") + wire_bytes(2, type))))
        .inputs.at(0);
  };
  EXPECT_EQ(input(wire_bytes(1, wire_varint(1, ~0ULL)) + wire_bytes(1, wire_varint(1, 0)) +
                  wire_bytes(1, "") + wire_bytes(1, wire_varint(1, 7)))
                .shape,
            (Extents{{}, {}, {}, 7}));
  EXPECT_EQ(input("").shape, Extents{});
}

TEST(Onnx, FixesTheShapeOfAnInput) {
  OnnxSettings settings;
  settings.shape = {0, 3, 0, 0};
  const std::string bytes = onnx_model(settings);
  settings.shape = {1, 3, 8, 8};
  settings.outputs.clear();
  const std::string fixed = with_input_shape(bytes, 0, {1, 3, 8, 8});
  EXPECT_EQ(onnx_of(fixed).inputs.at(0).shape, (Extents{1, 3, 8, 8}));
  // The rest is as it was.
  EXPECT_EQ(with_input_shape(fixed, 0, {2, 3, 9, 9}), with_input_shape(bytes, 0, {2, 3, 9, 9}));
  EXPECT_EQ(onnx_of(fixed).outputs.at(0).shape, onnx_of(bytes).outputs.at(0).shape);
  EXPECT_EQ(onnx_of(fixed).nodes.size(), 5U);
}

TEST(Onnx, FixesAShapeThatIsNotStated) {
  const std::string type = wire_bytes(2, wire_bytes(1, wire_varint(1, 1)));
  const std::string graph = wire_bytes(11, test::onnx::value("w", 1, {2})) +
                            wire_bytes(11, wire_bytes(1, "x") + type) +
                            wire_bytes(5, test::onnx::tensor("w", {2}));
  const std::string bytes = test::onnx::model(graph);
  EXPECT_FALSE(onnx_of(bytes).inputs.at(0).shape);
  EXPECT_EQ(words_for(onnx_of(bytes).inputs.at(0)), "f32 of any shape");
  const OnnxModel fixed = onnx_of(with_input_shape(bytes, 1, {1, 3}));
  EXPECT_EQ(fixed.inputs.at(0).name, "x");
  EXPECT_EQ(fixed.inputs.at(0).type, kOnnxF32);
  EXPECT_EQ(fixed.inputs.at(0).shape, (Extents{1, 3}));
}

TEST(Onnx, HoldsTensorsToTheirShape) {
  EXPECT_NO_THROW(onnx_of(with_tensor(raw_tensor(1, 3, 12))));
  EXPECT_NO_THROW(onnx_of(with_tensor(raw_tensor(10, 3, 6))));
  EXPECT_NO_THROW(onnx_of(with_tensor(list_tensor(7, 3, 7, 3))));
  EXPECT_NO_THROW(onnx_of(with_tensor(list_tensor(10, 3, 5, 3))));
  EXPECT_NO_THROW(onnx_of(with_tensor(wire_varint(2, 1) + wire_bytes(9, "1234"))));  // a scalar
  EXPECT_NO_THROW(onnx_of(with_tensor(raw_tensor(1, 0, 0))));
  const std::string why = "tensor 't' has other numbers than its shape says; copy or fetch";
  for (const std::string& tensor :
       {raw_tensor(1, 3, 8), raw_tensor(1, 3, 13), raw_tensor(1, 3, 16), raw_tensor(10, 3, 12),
        raw_tensor(1, 3, 0), list_tensor(7, 3, 7, 2), list_tensor(7, 3, 5, 3), raw_tensor(8, 3, 3),
        raw_tensor(7, 1, 8) + wire_varint(7, 1)})
    expect_onnx_refusal(with_tensor(tensor), why);
  expect_onnx_refusal(with_tensor(raw_tensor(99, 3, 12)),
                      "is of type 99, which ONNX does not have");
  expect_onnx_refusal(with_tensor(raw_tensor(0, 3, 12)), "is of type 0");
  expect_onnx_refusal(with_tensor(raw_tensor(1, ~0ULL, 4)), "is of an impossible shape");
  expect_onnx_refusal(
      with_tensor(wire_varint(1, 1U << 20U) + wire_varint(1, 1U << 20U) + wire_varint(2, 1)),
      "is of an impossible shape");
}

TEST(Onnx, HoldsTheConstantsOfNodesToTheirShapeToo) {
  const auto constant = [](const std::string& tensor) {
    const std::string attribute = wire_bytes(1, "value") + wire_bytes(5, tensor);
    return test::onnx::model(wire_bytes(1, test::onnx::node("Constant", {}, "c", {attribute})));
  };
  EXPECT_NO_THROW(onnx_of(constant(raw_tensor(1, 3, 12))));
  expect_onnx_refusal(constant(raw_tensor(1, 3, 8)), "has other numbers than its shape says");
}

TEST(Onnx, RefusesWeightsInOtherFilesOrInSparseForm) {
  expect_onnx_refusal(with_tensor(wire_varint(1, 3) + wire_varint(2, 1) + wire_varint(14, 1)),
                      "keeps weights in other files (external data); export it as one file");
  EXPECT_NO_THROW(onnx_of(with_tensor(raw_tensor(1, 3, 12) + wire_varint(14, 0))));
  expect_onnx_refusal(test::onnx::model(wire_bytes(15, "")), "weights in sparse form");
}

TEST(Onnx, RefusesNodesThatDoNotFitTogether) {
  using test::onnx::node;
  const std::string input = wire_bytes(11, test::onnx::value("x", 1, {1}));
  const auto graph = [&](const std::string& nodes) { return test::onnx::model(input + nodes); };
  EXPECT_NO_THROW(onnx_of(graph(wire_bytes(1, node("Relu", {"x", ""}, "y")))));
  expect_onnx_refusal(graph(wire_bytes(1, node("Relu", {"z"}, "y", {}, "n"))),
                      "operator Relu (node n) takes 'z', which nothing makes before it");
  expect_onnx_refusal(
      graph(wire_bytes(1, node("Relu", {"y"}, "z")) + wire_bytes(1, node("Relu", {"x"}, "y"))),
      "takes 'y', which nothing makes before it");
  expect_onnx_refusal(graph(wire_bytes(1, node("Relu", {}, "y"))), "operator Relu has no input");
  expect_onnx_refusal(graph(wire_bytes(1, node("Relu", {""}, "y"))), "operator Relu has no input");
  expect_onnx_refusal(graph(wire_bytes(1, node("Relu", {"x"}, ""))), "operator Relu has no output");
  expect_onnx_refusal(graph(wire_bytes(1, node("Relu", {"x"}, "x"))), "gives the name 'x' twice");
  expect_onnx_refusal(graph(wire_bytes(1, node("", {"x"}, "y"))), "a node without an operator");
  expect_onnx_refusal(graph(wire_bytes(12, test::onnx::value("y", 1, {1}))),
                      "has an output 'y' that nothing makes");
  expect_onnx_refusal(graph(input), "gives the name 'x' twice");
}

TEST(Onnx, RefusesAFileWithoutOneGraph) {
  expect_onnx_refusal(wire_varint(1, 7), "without a graph");
  expect_onnx_refusal(onnx_model() + wire_bytes(7, ""), "has two graphs");
  expect_onnx_refusal(wire_varint(1, 7) + wire_varint(7, 3), "is damaged or cut short");
}

TEST(Onnx, LimitsGraphsWithinGraphs) {
  std::string graph;
  for (int depth = 0; depth < 8; ++depth)
    graph = wire_bytes(1, test::onnx::node("If", {"x"}, "y", {wire_bytes(6, graph)}));
  const std::string input = wire_bytes(11, test::onnx::value("x", 1, {1}));
  EXPECT_NO_THROW(onnx_of(test::onnx::model(input + graph)));
  graph = wire_bytes(1, test::onnx::node("If", {"x"}, "y", {wire_bytes(6, graph)}));
  expect_onnx_refusal(test::onnx::model(input + graph), "graphs within graphs");
}

TEST(Onnx, RefusesEveryFileThatIsCutShort) {
  const std::string bytes = onnx_model();
  // The graph comes before the version; without that one the file is still a message.
  const std::size_t whole = bytes.rfind(wire_bytes(8, wire_bytes(1, "") + wire_varint(2, 13)));
  ASSERT_NE(whole, std::string::npos);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (size == whole) continue;
    EXPECT_NE(onnx_refusal(bytes.substr(0, size)), "nothing was thrown") << size;
  }
}

}  // namespace
}  // namespace cs::formats
