#include "victim/script_output.hpp"

#include <ATen/ATen.h>

#include <utility>
#include <vector>

#include "core/error.hpp"

namespace cs::victim {
namespace {

constexpr int kDeepest = 2;

using Named = std::vector<std::pair<std::string, c10::IValue>>;

/// The parts of a tuple, list or dictionary.
Named parts_of(const c10::IValue& value) {
  Named parts;
  const auto number = [&](const auto& items) {
    for (const c10::IValue& item : items) parts.emplace_back(std::to_string(parts.size()), item);
  };
  if (value.isTuple()) number(value.toTupleRef().elements());
  if (value.isList()) number(value.toListRef());
  if (value.isGenericDict())
    for (const auto& item : value.toGenericDict())
      if (item.key().isString()) parts.emplace_back(item.key().toStringRef(), item.value());
  return parts;
}

/// All tensors in `value`, with the names by which they are chosen.
void collect(const c10::IValue& value, const std::string& name, int depth, Named& tensors) {
  if (value.isTensor() && value.toTensor().defined()) {
    tensors.emplace_back(name, value);
  } else if (depth < kDeepest) {
    const std::string before = name.empty() ? "" : name + '.';
    for (const auto& [part, inner] : parts_of(value))
      collect(inner, before + part, depth + 1, tensors);
  }
}

std::string list_of(const Named& tensors) {
  std::string text;
  for (const auto& [name, value] : tensors) {
    std::string shape;
    for (const std::int64_t extent : value.toTensor().sizes())
      shape += (shape.empty() ? "" : " x ") + std::to_string(extent);
    text += (text.empty() ? "" : ", ") + printable(name) + " (" +
            (shape.empty() ? "one number" : shape) + ")";
  }
  return text;
}

std::string words_for_value(const c10::IValue& value) {
  const std::string count = std::to_string(parts_of(value).size());
  if (value.isTuple()) return "a tuple of " + count;
  if (value.isList()) return "a list of " + count;
  if (value.isGenericDict()) return "a dictionary of " + count;
  return "a value of type " + printable(value.type()->str());
}

}  // namespace

at::Tensor chosen_output(const std::string& program, const c10::IValue& value,
                         const std::optional<std::string>& output) {
  Named tensors;
  collect(value, "", 0, tensors);
  if (tensors.empty())
    throw DataError(program, "returns " + words_for_value(value) +
                                 ", in which no tensor is found; export a wrapper that returns the "
                                 "embedding alone");
  if (value.isTensor()) {
    if (output)
      throw UsageError("`victim-output`", "has no effect on " + printable(program) +
                                              ", which returns one tensor; leave it out");
    return value.toTensor();
  }
  if (!output)
    throw DataError(program,
                    "returns " + words_for_value(value) +
                        "; pass as `victim-output` which one answers: " + list_of(tensors));
  for (const auto& [name, tensor] : tensors)
    if (name == *output) return tensor.toTensor();
  throw UsageError("`victim-output`", "'" + printable(*output) + "' is nothing that " +
                                          printable(program) + " returns; there is " +
                                          list_of(tensors));
}

}  // namespace cs::victim
