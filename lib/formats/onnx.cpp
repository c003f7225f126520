#include "formats/onnx.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"
#include "formats/protobuf.hpp"

namespace cs::formats {
namespace {

constexpr std::size_t kMostBytes = std::numeric_limits<std::int32_t>::max();  // protobuf's
constexpr std::size_t kMostNodes = 100'000;
constexpr int kMostDepth = 8;  // of graphs in the attributes of nodes

// Fields of onnx.proto, by message.
enum ModelField : std::uint32_t { kModelGraph = 7, kModelOpset = 8 };
enum OpsetField : std::uint32_t { kOpsetDomain = 1, kOpsetVersion = 2 };
enum GraphField : std::uint32_t {
  kGraphNode = 1,
  kGraphInitializer = 5,
  kGraphInput = 11,
  kGraphOutput = 12,
  kGraphSparse = 15,
};
enum NodeField : std::uint32_t {
  kNodeInput = 1,
  kNodeOutput = 2,
  kNodeName = 3,
  kNodeOp = 4,
  kNodeAttribute = 5,
};
enum AttributeField : std::uint32_t {
  kAttributeName = 1,
  kAttributeReal = 2,
  kAttributeWhole = 3,
  kAttributeTensor = 5,
  kAttributeGraph = 6,
  kAttributeTensors = 10,
  kAttributeGraphs = 11,
};
enum ValueField : std::uint32_t { kValueName = 1, kValueType = 2 };
enum TypeField : std::uint32_t { kTypeTensor = 1 };
enum TensorTypeField : std::uint32_t { kTensorTypeElement = 1, kTensorTypeShape = 2 };
enum ShapeField : std::uint32_t { kShapeExtent = 1 };
enum ExtentField : std::uint32_t { kExtentNumber = 1, kExtentName = 2 };

constexpr const char* kAgain = "copy or fetch the file again, or export it again";

/// Operators that need no input.
bool makes_numbers(std::string_view op) { return op == "Constant" || op.substr(0, 6) == "Random"; }

class OnnxParser {
 public:
  explicit OnnxParser(std::string_view subject) : subject_(subject) {}

  OnnxModel model(std::string_view bytes) {
    if (bytes.size() > kMostBytes)
      fail("is larger than an ONNX file may be, 2 GiB; export TorchScript");
    OnnxModel model;
    bool seen = false;
    for_each(bytes, [&](const WireField& field) {
      if (field.number == kModelOpset) set_opset(message(field), model);
      if (field.number == kModelGraph) {
        if (std::exchange(seen, true)) fail("has two graphs", kAgain);
        main_graph(message(field), model);
      }
    });
    if (!seen) fail("is an ONNX model without a graph", kAgain);
    return model;
  }

 private:
  using Names = std::unordered_set<std::string_view>;

  [[noreturn]] void fail(const std::string& what, const char* advice = nullptr) const {
    throw DataError(subject_, advice == nullptr ? what : what + "; " + advice);
  }
  std::string_view message(const WireField& field) const { return wire_message(subject_, field); }
  std::uint64_t number(const WireField& field) const { return wire_number(subject_, field); }

  template <typename See>
  void for_each(std::string_view bytes, const See& see) const {
    WireReader reader(subject_, bytes);
    while (const auto field = reader.next()) see(*field);
  }

  void set_opset(std::string_view bytes, OnnxModel& model) const {
    std::string_view domain;
    std::uint64_t version = 0;
    for_each(bytes, [&](const WireField& field) {
      if (field.number == kOpsetDomain) domain = message(field);
      if (field.number == kOpsetVersion) version = number(field);
    });
    if (domain.empty() || domain == "ai.onnx") model.opset = version;
  }

  void main_graph(std::string_view bytes, OnnxModel& model) {
    Names made = graph(bytes, model, 0);
    for_each(bytes, [&](const WireField& field) {
      if (field.number != kGraphNode) return;
      Node node = this->node(message(field), 0);
      check(node, made);
      model.nodes.push_back(node.about);
    });
    for (const OnnxValue& output : model.outputs)
      if (made.count(output.name) == 0)
        fail("has an output '" + printable(output.name) + "' that nothing makes", kAgain);
  }

  /// All of a graph but its nodes. Returns what there is before the first of them.
  Names graph(std::string_view bytes, OnnxModel& model, int depth) {
    if (depth > kMostDepth) fail("has graphs within graphs, too deep", "export it again");
    Names made;
    for_each(bytes, [&](const WireField& field) {
      if (field.number == kGraphInitializer)
        make(made, check_onnx_tensor(subject_, message(field)));
      if (field.number == kGraphInput)
        model.inputs.push_back(value(message(field), model.inputs.size()));
      if (field.number == kGraphOutput)
        model.outputs.push_back(value(message(field), model.outputs.size()));
      if (field.number == kGraphSparse)
        fail("has weights in sparse form, which are not read here", "export them in full");
    });
    const auto filled = [&](const OnnxValue& input) { return made.count(input.name) != 0; };
    model.inputs.erase(std::remove_if(model.inputs.begin(), model.inputs.end(), filled),
                       model.inputs.end());
    for (const OnnxValue& input : model.inputs) make(made, input.name);
    return made;
  }

  void make(Names& made, std::string_view name) const {
    if (!made.insert(name).second) fail("gives the name '" + printable(name) + "' twice", kAgain);
  }

  struct Node {
    OnnxNode about;
    std::vector<std::string_view> inputs;
    std::vector<std::string_view> outputs;
  };

  Node node(std::string_view bytes, int depth) {
    if (++nodes_ > kMostNodes) fail("has over a hundred thousand nodes", "export TorchScript");
    Node node;
    for_each(bytes, [&](const WireField& field) {
      if (field.number == kNodeInput) node.inputs.push_back(message(field));
      if (field.number == kNodeOutput) node.outputs.push_back(message(field));
      if (field.number == kNodeName) node.about.name = message(field);
      if (field.number == kNodeOp) node.about.op = message(field);
      if (field.number == kNodeAttribute) attribute(message(field), node.about, depth);
    });
    if (node.about.op.empty()) fail("has a node without an operator", kAgain);
    return node;
  }

  void attribute(std::string_view bytes, OnnxNode& node, int depth) {
    std::string_view name;
    std::optional<double> one;
    for_each(bytes, [&](const WireField& field) {
      if (field.number == kAttributeName) name = message(field);
      if (field.number == kAttributeReal) one = wire_float(subject_, field);
      if (field.number == kAttributeWhole)
        one = static_cast<double>(static_cast<std::int64_t>(number(field)));
      if (field.number == kAttributeTensor || field.number == kAttributeTensors)
        check_onnx_tensor(subject_, message(field));
      if (field.number == kAttributeGraph || field.number == kAttributeGraphs)
        check_inner_graph(message(field), depth + 1);
    });
    if (one) node.numbers.emplace_back(name, *one);
  }

  /// Nodes of an inner graph may take what the outer ones made, which is not followed here.
  void check_inner_graph(std::string_view bytes, int depth) {
    OnnxModel unused;
    graph(bytes, unused, depth);
    for_each(bytes, [&](const WireField& field) {
      if (field.number == kGraphNode) node(message(field), depth);
    });
  }

  /// Checks what a node of the main graph takes, and adds what it makes.
  void check(const Node& node, Names& made) const {
    const std::string subject = words_for(node.about);
    if (!makes_numbers(node.about.op) && (node.inputs.empty() || node.inputs.front().empty()))
      fail(subject + " has no input", kAgain);
    for (const std::string_view input : node.inputs)
      if (!input.empty() && made.count(input) == 0)
        fail(subject + " takes '" + printable(input) + "', which nothing makes before it", kAgain);
    bool any = false;
    for (const std::string_view output : node.outputs) {
      if (output.empty()) continue;
      make(made, output);
      any = true;
    }
    if (!any) fail(subject + " has no output", kAgain);
  }

  OnnxValue value(std::string_view bytes, std::size_t index) const {
    OnnxValue value;
    value.index = index;
    bool typed = false;
    for_each(bytes, [&](const WireField& field) {
      if (field.number == kValueName) value.name = message(field);
      if (field.number != kValueType) return;
      if (std::exchange(typed, true)) fail("has an input or output of two types", kAgain);
      for_each(message(field), [&](const WireField& type) {
        if (type.number == kTypeTensor) set_tensor_type(message(type), value);
      });
    });
    if (value.name.empty()) fail("has an input or output without a name", kAgain);
    return value;
  }

  void set_tensor_type(std::string_view bytes, OnnxValue& value) const {
    for_each(bytes, [&](const WireField& field) {
      if (field.number == kTensorTypeElement) value.type = static_cast<std::int64_t>(number(field));
      if (field.number != kTensorTypeShape) return;
      if (value.shape) fail("has an input or output of two shapes", kAgain);
      value.shape.emplace();
      for_each(message(field), [&](const WireField& extent) {
        if (extent.number == kShapeExtent) value.shape->push_back(extent_of(message(extent)));
      });
    });
  }

  OnnxValue::Extent extent_of(std::string_view bytes) const {
    OnnxValue::Extent extent;
    for_each(bytes, [&](const WireField& field) {
      if (field.number == kExtentNumber) extent = static_cast<std::int64_t>(number(field));
      if (field.number == kExtentName) extent.reset();
    });
    return extent && *extent > 0 ? extent : std::nullopt;  // some programs write 0 or -1
  }

  std::string_view subject_;
  std::size_t nodes_ = 0;
};

struct Step {
  std::uint32_t number;
  std::size_t index = 0;  // among the fields of this number
};

/// `message` with `content` in the field at the end of the path, which is added if it is missing.
std::string replaced(std::string_view message, const Step* path, std::size_t steps,
                     std::string_view content) {
  if (steps == 0) return std::string(content);
  std::string result;
  std::size_t seen = 0;
  WireReader reader("model", message);
  while (const auto field = reader.next()) {
    if (field->number == path->number && seen++ == path->index)
      result += wire_bytes(path->number, replaced(field->bytes, path + 1, steps - 1, content));
    else
      result += field->whole;
  }
  if (seen <= path->index)
    result += wire_bytes(path->number, replaced("", path + 1, steps - 1, content));
  return result;
}

}  // namespace

std::string words_for(const OnnxValue& value) {
  std::string text = onnx_type_name(value.type);
  if (!value.shape) return text + " of any shape";
  const char* between = " ";
  for (const OnnxValue::Extent& extent : *value.shape) {
    text += between + (extent ? std::to_string(*extent) : "?");
    between = " x ";
  }
  return text;
}

std::string words_for(const OnnxNode& node) {
  return "operator " + printable(node.op) +
         (node.name.empty() ? "" : " (node " + printable(node.name) + ")");
}

std::optional<double> OnnxNode::number(std::string_view attribute) const {
  for (const auto& [known, value] : numbers)
    if (known == attribute) return value;
  return std::nullopt;
}

OnnxModel parse_onnx(std::string_view subject, std::string_view bytes) {
  return OnnxParser(subject).model(bytes);
}

std::string with_input_shape(std::string_view bytes, std::size_t index,
                             const std::vector<std::int64_t>& shape) {
  std::string extents;
  for (const std::int64_t extent : shape)
    extents +=
        wire_bytes(kShapeExtent, wire_varint(kExtentNumber, static_cast<std::uint64_t>(extent)));
  const std::array<Step, 5> path = {
      {{kModelGraph}, {kGraphInput, index}, {kValueType}, {kTypeTensor}, {kTensorTypeShape}}};
  return replaced(bytes, path.data(), path.size(), extents);
}

}  // namespace cs::formats
