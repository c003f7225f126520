#include "formats/traced_inputs.hpp"

#include <set>

#include "core/error.hpp"
#include "formats/pickle.hpp"
#include "formats/torch_zip.hpp"

namespace cs::formats {
namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kTyped = "torch.jit._pickle.restore_type_tag";
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor_v2";

const std::set<std::string_view>& allowed() {
  static const std::set<std::string_view> names = {kTyped,
                                                   kTensor,
                                                   "collections.OrderedDict",
                                                   "torch.FloatStorage",
                                                   "torch.DoubleStorage",
                                                   "torch.HalfStorage",
                                                   "torch.BFloat16Storage",
                                                   "torch.ByteStorage"};
  return names;
}

/// An argument of a call of `function`; null if the value is no such call.
const PickleValue* argument(const Pickle& pickle, const PickleValue* call,
                            std::string_view function, std::size_t index) {
  if (call == nullptr || call->kind != Kind::kCall || call->text != function) return nullptr;
  const PickleValue& arguments = pickle.at(call->items.at(0));
  return index < arguments.items.size() ? &pickle.at(arguments.items[index]) : nullptr;
}

const PickleValue* member(const Pickle& pickle, const PickleValue* dict, std::string_view key) {
  if (dict == nullptr || dict->kind != Kind::kDict) return nullptr;
  for (std::size_t i = 0; i + 1 < dict->items.size(); i += 2)
    if (pickle.at(dict->items[i]).text == key) return &pickle.at(dict->items[i + 1]);
  return nullptr;
}

/// {'forward': [tensor]}, dictionary and list each in a call that states its type.
std::optional<std::vector<std::int64_t>> shape_in(const Pickle& pickle) {
  const PickleValue* dict = argument(pickle, &pickle.root(), kTyped, 0);
  const PickleValue* inputs = argument(pickle, member(pickle, dict, "forward"), kTyped, 0);
  if (inputs == nullptr || inputs->kind != Kind::kList || inputs->items.size() != 1)
    return std::nullopt;
  const PickleValue* shape = argument(pickle, &pickle.at(inputs->items[0]), kTensor, 2);
  if (shape == nullptr || shape->kind != Kind::kTuple) return std::nullopt;
  std::vector<std::int64_t> extents;
  for (const PickleRef ref : shape->items) {
    if (pickle.at(ref).kind != Kind::kInt) return std::nullopt;
    extents.push_back(pickle.at(ref).number);
  }
  return extents;
}

}  // namespace

std::optional<std::vector<std::int64_t>> traced_shape(std::string_view bytes) {
  constexpr std::string_view kSubject = "traced inputs";
  try {
    const auto program = TorchZip(kSubject, bytes).member("traced_inputs.pkl");
    if (!program) return std::nullopt;
    return shape_in(parse_pickle(kSubject, *program, allowed()));
  } catch (const DataError&) {
    return std::nullopt;
  }
}

}  // namespace cs::formats
