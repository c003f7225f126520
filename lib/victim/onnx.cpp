/// An ONNX model as a victim.

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <opencv2/core/version.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "formats/onnx.hpp"
#include "victim/local.hpp"
#include "victim/onnx_net.hpp"

namespace cs::victim {
namespace {

using formats::OnnxModel;
using formats::OnnxValue;

constexpr std::int64_t kMostTogether = 4096;
constexpr std::int64_t kLargestSide = 4096;

/// How a model is run.
struct OnnxPlan {
  std::uint64_t opset = 0;
  std::size_t input = 0;  ///< its index in the file
  std::string names;      ///< of input and output, for the id
  std::string output;     ///< its name
  Layout layout = Layout::kNchw;
  std::int64_t together = 1;        ///< images in one run: what the model states, or one
  std::int64_t stated = 0;          ///< side that it states; 0: free
  std::vector<std::int64_t> shape;  ///< of its input when it is run
  bool restated = false;  ///< whether the file leaves a part of the shape open, or differs
};

std::string list_of(const std::vector<OnnxValue>& values) {
  std::string text;
  for (const OnnxValue& value : values)
    text += (text.empty() ? "" : ", ") + printable(value.name) + " (" + words_for(value) + ")";
  return text;
}

const OnnxValue& image_input(const std::string& path, const OnnxModel& model) {
  if (model.inputs.size() != 1)
    throw DataError(path, "takes " + std::to_string(model.inputs.size()) + " inputs" +
                              (model.inputs.empty() ? "" : ", " + list_of(model.inputs)) +
                              "; export it with the images alone");
  const OnnxValue& input = model.inputs.front();
  if (input.type != formats::kOnnxF32)
    throw DataError(path, "takes numbers of " + formats::onnx_type_name(input.type) +
                              ", not of f32; export it with an input of f32");
  return input;
}

/// The extents of the input, in the order of NCHW.
std::vector<OnnxValue::Extent> extents_of(const std::string& path, const OnnxValue& input,
                                          Layout& layout) {
  layout = Layout::kNchw;
  if (!input.shape) return {{}, 3, {}, {}};
  std::vector<OnnxValue::Extent> extents = *input.shape;
  const bool images = extents.size() == 4;
  const bool last = images && extents[1] != 3 && extents[3] == 3;  // also where height is free
  if (images && !last && extents[1].value_or(3) == 3) return extents;
  if (!last)
    throw DataError(path, "takes " + words_for(input) +
                              ", not images of three channels; export it for N x 3 x height x "
                              "width or N x height x width x 3");
  layout = Layout::kNhwc;
  std::rotate(extents.begin() + 1, extents.begin() + 3, extents.end());
  return extents;
}

const OnnxValue& chosen_output(const std::string& path, const OnnxModel& model,
                               const VictimOptions& options) {
  const std::vector<OnnxValue>& outputs = model.outputs;
  if (outputs.empty()) throw DataError(path, "has no output; export it with its embedding");
  if (!options.output) {
    if (outputs.size() == 1) return outputs.front();
    throw UsageError("`victim-output`", "is needed, the name of one of the outputs of " +
                                            printable(path) + ": " + list_of(outputs));
  }
  const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const OnnxValue& output) {
    return output.name == *options.output;
  });
  if (found == outputs.end())
    throw UsageError("`victim-output`", "'" + printable(*options.output) + "' is no output of " +
                                            printable(path) + "; there is " + list_of(outputs));
  return *found;
}

/// The side of the images: what is asked for, what the model states, or the images' own.
std::int64_t side_of(const std::string& path, std::int64_t stated, const VictimOptions& options) {
  if (stated == 0) return input_of(options).size;
  const std::int64_t side = options.input_size.value_or(stated);
  if (side != stated && options.remark)
    options.remark(path + ": states images of " + std::to_string(stated) +
                   " pixels and is asked about " + std::to_string(side));
  return side;
}

OnnxPlan plan_of(const std::string& path, const OnnxModel& model, const VictimOptions& options) {
  OnnxPlan plan;
  const OnnxValue& input = image_input(path, model);
  const OnnxValue& output = chosen_output(path, model, options);
  const auto extents = extents_of(path, input, plan.layout);
  plan.opset = model.opset;
  plan.input = input.index;
  plan.output = output.name;
  plan.names = std::string(input.name) + ' ' + plan.output;
  plan.together = extents[0].value_or(1);
  plan.stated = extents[2].value_or(extents[3].value_or(0));
  if (extents[3].value_or(plan.stated) != plan.stated)
    throw DataError(path, "takes images of " + std::to_string(*extents[2]) + " x " +
                              std::to_string(*extents[3]) + " pixels; export it for squares");
  if (plan.together > kMostTogether || plan.stated > kLargestSide)
    throw DataError(path, "takes " + words_for(input) +
                              ", more than are run here; export it for "
                              "one image at a time, of at most 4096 pixels");
  const std::int64_t side = side_of(path, plan.stated, options);
  plan.shape = {plan.together, 3, side, side};
  plan.restated = !std::equal(extents.begin(), extents.end(), plan.shape.begin());
  if (plan.layout == Layout::kNhwc)
    std::rotate(plan.shape.begin() + 1, plan.shape.begin() + 2, plan.shape.end());
  return plan;
}

/// Refuses what OpenCV before 4.8.1 computes wrongly without an error (its issue 22096).
void refuse_wrong_products(const std::string& path, const OnnxModel& model) {
  constexpr int kVersion = 10000 * CV_VERSION_MAJOR + 100 * CV_VERSION_MINOR + CV_VERSION_REVISION;
  if (kVersion >= 40801) return;
  for (const formats::OnnxNode& node : model.nodes) {
    const bool right = node.number("transB") && node.number("transA").value_or(0) == 0 &&
                       node.number("alpha").value_or(1) == 1 &&
                       node.number("beta").value_or(1) == 1;
    if (node.op == "Gemm" && !right)
      throw DataError(
          path, words_for(node) +
                    " does not state transB, or is not a plain product, which OpenCV " CV_VERSION
                    " computes wrongly; export it from PyTorch, or export "
                    "TorchScript");
  }
}

/// Answers with an output, flattened.
class OnnxVictim : public LocalVictim {
 public:
  OnnxVictim(const std::string& path, const std::string& bytes, const OnnxPlan& plan,
             const VictimOptions& options)
      : LocalVictim(path, description(bytes), input_config(plan, options), options, plan.names),
        plan_(plan),
        net_(path, advice(plan, options),
             plan.restated ? formats::with_input_shape(bytes, plan.input, plan.shape) : bytes,
             plan.output, {plan.shape.begin(), plan.shape.end()}) {}

 private:
  static answers::VictimInfo description(const std::string& bytes) {
    answers::VictimInfo victim;
    victim.file = digest(bytes).hex();
    victim.kind = "onnx";
    return victim;
  }

  static InputConfig input_config(const OnnxPlan& plan, VictimOptions options) {
    options.input_size = plan.shape[2];  // height or width, in either layout
    return input_of(options);
  }

  static std::string advice(const OnnxPlan& plan, const VictimOptions& options) {
    return plan.stated == 0 || options.input_size.value_or(plan.stated) == plan.stated
               ? "export it with another opset than " + std::to_string(plan.opset) +
                     ", or export TorchScript"
               : "it states images of " + std::to_string(plan.stated) +
                     " pixels, so leave out `input-size`";
  }

  std::int64_t together() const override { return plan_.together; }

  at::Tensor forward(const at::Tensor& images) const override {
    const at::Tensor input =
        (plan_.layout == Layout::kNhwc ? images.permute({0, 2, 3, 1}) : images).contiguous();
    cv::Mat answer = net_.run(input.data_ptr());
    std::vector<std::int64_t> shape(answer.size.p, answer.size.p + answer.dims);
    // Of one image, all numbers are its answer, whether or not the output counts images.
    if (plan_.together == 1) shape = {1, static_cast<std::int64_t>(answer.total())};
    return at::from_blob(answer.data, shape, at::kFloat).flatten(1).clone();
  }

  const OnnxPlan plan_;
  const OnnxNet net_;
};

}  // namespace

std::unique_ptr<answers::Victim> onnx_victim(const std::string& path, const std::string& bytes,
                                             const VictimOptions& options) {
  if (options.precision != nn::Precision::kF32)
    throw UsageError("`precision`", "of an ONNX model is f32; leave it out");
  if (!options.device.is_cpu() && options.remark)
    options.remark(path + ": is an ONNX model, which runs on the CPU here");
  VictimOptions here = options;
  here.device = c10::Device(c10::kCPU);
  const OnnxModel model = formats::parse_onnx(path, bytes);
  refuse_wrong_products(path, model);
  return std::make_unique<OnnxVictim>(path, bytes, plan_of(path, model, here), here);
}

}  // namespace cs::victim
