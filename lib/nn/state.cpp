#include "nn/state.hpp"

#include <ATen/ATen.h>

#include <cstring>
#include <set>

#include "core/error.hpp"
#include "formats/weights_file.hpp"

namespace cs::nn {
namespace {

/// The format's word for a type; "" for those that modules do not keep.
std::string dtype_of(const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kFloat) return "F32";
  if (tensor.scalar_type() == at::kLong) return "I64";
  return "";
}

std::string text_of(at::IntArrayRef shape) {
  std::string text;
  for (const std::int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

/// A tensor with its own, aligned copy of the bytes: in the file they start anywhere.
at::Tensor to_tensor(const formats::TensorBytes& source, at::ScalarType type) {
  at::Tensor tensor = at::empty(source.shape, type);
  if (!source.bytes.empty())
    std::memcpy(tensor.data_ptr(), source.bytes.data(), source.bytes.size());
  return tensor;
}

void copy_one(const std::string& name, const at::Tensor& target, const formats::TensorBytes& source,
              std::string_view subject) {
  const auto refuse = [&](const std::string& what) {
    throw DataError(subject, "tensor '" + name + "' " + what);
  };
  if (source.dtype != dtype_of(target))
    refuse("has the type " + source.dtype + " instead of " + dtype_of(target));
  if (target.sizes() != at::IntArrayRef(source.shape))
    refuse("has the shape " + text_of(source.shape) + " instead of " + text_of(target.sizes()));
  const at::Tensor values = to_tensor(source, target.scalar_type());
  if (values.is_floating_point() && !at::isfinite(values).all().item<bool>())
    refuse("holds values that are not finite");
  at::Tensor(target).copy_(values);
}

}  // namespace

State state_of(const torch::nn::Module& module) {
  State state;
  const auto add = [&state](const std::string& prefix, const torch::nn::Module& part) {
    const std::string path = prefix.empty() ? "" : prefix + ".";
    for (const auto& item : part.named_parameters(/*recurse=*/false))
      state.emplace_back(path + item.key(), item.value());
    for (const auto& item : part.named_buffers(/*recurse=*/false))
      state.emplace_back(path + item.key(), item.value());
  };
  module.apply(
      [&](const std::string& prefix, const torch::nn::Module& part) { add(prefix, part); });
  return state;
}

std::string to_safetensors(const State& state, const formats::Metadata& metadata) {
  std::vector<at::Tensor> values;  // keeps the bytes alive
  std::vector<formats::TensorBytes> tensors;
  for (const auto& [name, tensor] : state) {
    if (dtype_of(tensor).empty()) throw Error(name, "its type has no place in a weights file");
    values.push_back(tensor.detach().to(at::kCPU).contiguous());
    const at::Tensor& value = values.back();
    tensors.push_back({name,
                       dtype_of(value),
                       value.sizes().vec(),
                       {static_cast<const char*>(value.data_ptr()), value.nbytes()}});
  }
  return formats::to_safetensors(tensors, metadata);
}

Digest save_weights(const std::filesystem::path& path, const State& state, const Json& about,
                    Overwrite overwrite) {
  std::string file = to_safetensors(state, formats::metadata_for(about));
  formats::state_digest(file);
  write_file(path, file, overwrite);
  return digest(file);
}

void copy_into(const State& state, const formats::Safetensors& file, std::string_view subject) {
  const at::NoGradGuard no_grad;
  std::set<std::string> expected;
  for (const auto& [name, tensor] : state) {
    const formats::TensorBytes* const source = file.find(name);
    if (source == nullptr) throw DataError(subject, "tensor '" + name + "' is missing");
    copy_one(name, tensor, *source, subject);
    expected.insert(name);
  }
  for (const formats::TensorBytes& tensor : file.tensors)
    if (expected.count(tensor.name) == 0)
      throw DataError(subject, "tensor '" + printable(tensor.name) + "' is not expected");
}

}  // namespace cs::nn
