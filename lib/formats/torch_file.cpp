#include "formats/torch_file.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "formats/pickle.hpp"
#include "formats/torch_zip.hpp"

namespace cs::formats {
namespace {

using Kind = PickleValue::Kind;

[[noreturn]] void refuse_damaged(std::string_view subject, const std::string& what) {
  throw DataError(subject, what + "; copy or fetch it again");
}

/// The storage classes and the types of their numbers, in safetensors' words.
const std::map<std::string_view, std::string_view>& storage_types() {
  static const std::map<std::string_view, std::string_view> types = {
      {"torch.FloatStorage", "F32"}, {"torch.DoubleStorage", "F64"},
      {"torch.HalfStorage", "F16"},  {"torch.BFloat16Storage", "BF16"},
      {"torch.LongStorage", "I64"},  {"torch.IntStorage", "I32"},
      {"torch.ShortStorage", "I16"}, {"torch.CharStorage", "I8"},
      {"torch.ByteStorage", "U8"},   {"torch.BoolStorage", "BOOL"}};
  return types;
}

constexpr std::string_view kTensor = "torch._utils._rebuild_tensor";
constexpr std::string_view kTensor2 = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kParameter = "torch._utils._rebuild_parameter";

/// What a file of weights may name: tensors, and plain values that training scripts save with them.
const std::set<std::string_view>& allowed() {
  static const std::set<std::string_view> names = [] {
    std::set<std::string_view> all = {kTensor,
                                      kTensor2,
                                      kParameter,
                                      "_codecs.encode",
                                      "argparse.Namespace",
                                      "collections.OrderedDict",
                                      "numpy.core.multiarray.scalar",
                                      "numpy.dtype",
                                      "torch.Size",
                                      "torch.device"};
    for (const auto& [name, type] : storage_types()) all.insert(name);
    return all;
  }();
  return names;
}

/// The numbers of a storage.
struct Storage {
  std::string_view type;
  std::string_view bytes;
};

/// A tensor as the pickle describes it.
struct View {
  std::string_view key;   ///< of its storage
  std::string_view type;  ///< of its numbers
  std::uint64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// The pickle of a file, and the tensors that it describes.
class Content {
 public:
  Content(std::string_view subject, Pickle pickle)
      : subject_(subject), pickle_(std::move(pickle)) {}

  [[noreturn]] void fail(const std::string& what) const { throw DataError(subject_, what); }

  /// Name and tensor of each member of the state dict, in order.
  std::vector<std::pair<std::string_view, View>> state_dict() const {
    std::vector<std::pair<std::string_view, View>> tensors;
    const PickleValue& dict = find_state_dict();
    for (std::size_t i = 0; i < dict.items.size(); i += 2) {
      const std::string_view name = pickle_.at(dict.items[i]).text;
      const auto call = tensor_call(dict.items[i + 1]);
      if (!call) fail("holds '" + printable(name) + "' among its weights, which is no tensor");
      tensors.emplace_back(name, view_of(**call));
    }
    return tensors;
  }

  /// Calls `see` for each storage that the pickle names.
  template <typename See>
  void for_each_storage(See see) const {
    for (PickleRef ref = 0; ref < pickle_.count(); ++ref)
      if (pickle_.at(ref).kind == Kind::kPersistent) see(storage_of(pickle_.at(ref)));
  }

 private:
  /// The call that makes a tensor; nothing for another value.
  std::optional<const PickleValue*> tensor_call(PickleRef ref) const {
    const PickleValue* value = &pickle_.at(ref);
    for (int depth = 0; depth < 2 && value->kind == Kind::kCall; ++depth) {
      if (value->text == kTensor || value->text == kTensor2) return value;
      if (value->text != kParameter) break;
      value = &argument(*value, 0);
    }
    return std::nullopt;
  }

  const PickleValue& argument(const PickleValue& call, std::size_t index) const {
    const PickleValue& arguments = pickle_.at(call.items.at(0));
    if (index >= arguments.items.size())
      refuse_damaged(subject_, "describes a tensor that lacks something");
    return pickle_.at(arguments.items[index]);
  }

  bool holds_tensors(const PickleValue& value) const {
    if (value.kind != Kind::kDict || value.items.empty()) return false;
    for (std::size_t i = 0; i < value.items.size(); i += 2)
      if (pickle_.at(value.items[i]).kind == Kind::kText && tensor_call(value.items[i + 1]))
        return true;
    return false;
  }

  const PickleValue& find_state_dict() const {
    const PickleValue& root = pickle_.root();
    if (holds_tensors(root)) return root;
    if (root.kind != Kind::kDict)
      fail("holds no state dict; save model.state_dict() with torch.save");
    std::map<std::string_view, const PickleValue*> found;
    for (std::size_t i = 0; i < root.items.size(); i += 2)
      if (holds_tensors(pickle_.at(root.items[i + 1])))
        found.emplace(pickle_.at(root.items[i]).text, &pickle_.at(root.items[i + 1]));
    for (const std::string_view usual : {"state_dict", "model_state_dict", "model"})
      if (const auto at = found.find(usual); at != found.end()) return *at->second;
    if (found.size() == 1) return *found.begin()->second;
    if (found.empty()) fail("holds no state dict; save model.state_dict() with torch.save");
    std::string names;
    for (const auto& each : found) names += (names.empty() ? "" : ", ") + printable(each.first);
    fail("holds several state dicts (" + names + "); save the one that is wanted by itself");
  }

  std::int64_t number(const PickleValue& value) const {
    if (value.kind != Kind::kInt || value.number < 0)
      refuse_damaged(subject_, "describes a tensor in no numbers");
    return value.number;
  }

  std::vector<std::int64_t> numbers(const PickleValue& value) const {
    if (value.kind != Kind::kTuple || value.items.size() > 32)
      refuse_damaged(subject_, "describes a tensor without a shape");
    std::vector<std::int64_t> all;
    for (const PickleRef ref : value.items) all.push_back(number(pickle_.at(ref)));
    return all;
  }

  View view_of(const PickleValue& call) const {
    View view = storage_of(argument(call, 0));
    view.offset = static_cast<std::uint64_t>(number(argument(call, 1)));
    view.shape = numbers(argument(call, 2));
    view.strides = numbers(argument(call, 3));
    if (view.strides.size() != view.shape.size())
      refuse_damaged(subject_, "describes a tensor without a shape");
    return view;
  }

  /// ('storage', class, key, location, count[, view]), of which class and key count.
  View storage_of(const PickleValue& persistent) const {
    if (persistent.kind != Kind::kPersistent)
      refuse_damaged(subject_, "describes a tensor without numbers");
    const PickleValue& id = pickle_.at(persistent.items.at(0));
    if (id.kind != Kind::kTuple || id.items.size() < 5)
      refuse_damaged(subject_, "describes a tensor without numbers");
    const auto type = storage_types().find(pickle_.at(id.items[1]).text);
    const PickleValue& key = pickle_.at(id.items[2]);
    if (type == storage_types().end() || key.kind != Kind::kText)
      refuse_damaged(subject_, "describes numbers of no type that torch.save() writes");
    if (id.items.size() > 5 && pickle_.at(id.items[5]).kind != Kind::kNone)
      fail("shares numbers among storages, as PyTorch before 0.4 did; save it again");
    View view;
    view.key = key.text;
    view.type = type->second;
    return view;
  }

  std::string_view subject_;
  Pickle pickle_;
};

bool is_contiguous(const View& view) {
  std::int64_t expected = 1;
  for (std::size_t d = view.shape.size(); d-- > 0;) {
    if (view.shape[d] != 1 && view.strides[d] != expected) return false;
    expected *= view.shape[d];
  }
  return true;
}

/// The numbers of a view in the order of its indices.
std::string in_order(const View& view, std::string_view from, std::uint64_t count,
                     std::size_t size) {
  std::string out(count * size, '\0');
  std::vector<std::int64_t> index(view.shape.size());
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t at = view.offset;
    for (std::size_t d = 0; d < index.size(); ++d)
      at += static_cast<std::uint64_t>(index[d] * view.strides[d]);
    std::memcpy(out.data() + i * size, from.data() + at * size, size);
    for (std::size_t d = index.size(); d-- > 0 && ++index[d] == view.shape[d];) index[d] = 0;
  }
  return out;
}

/// Numbers in a view, after a check that all are among the `have` of its storage; nothing if not.
std::optional<std::uint64_t> count_of(const View& view, std::uint64_t have) {
  std::uint64_t count = 1;
  std::uint64_t last = view.offset;
  for (std::size_t d = 0; d < view.shape.size(); ++d) {
    const auto extent = static_cast<std::uint64_t>(view.shape[d]);
    if (__builtin_mul_overflow(count, extent, &count)) return std::nullopt;
    std::uint64_t reach = 0;
    if (extent > 0 && (__builtin_mul_overflow(extent - 1, view.strides[d], &reach) ||
                       __builtin_add_overflow(last, reach, &last)))
      return std::nullopt;
  }
  if (count == 0) return 0;
  if (count > have || last >= have) return std::nullopt;
  return count;
}

/// `most`: bytes that copies may take; a small file may describe many views of one storage.
TorchFile gather(std::string_view subject, const Content& content,
                 const std::map<std::string_view, std::string_view>& storages, std::size_t most) {
  TorchFile file;
  std::set<std::string_view> names;
  for (const auto& [name, view] : content.state_dict()) {
    const std::string called = "tensor '" + printable(name) + "'";
    if (!names.insert(name).second) refuse_damaged(subject, called + " occurs twice");
    const auto storage = storages.find(view.key);
    if (storage == storages.end()) refuse_damaged(subject, called + " has no numbers in the file");
    const std::size_t size = dtype_size(view.type);
    const auto count = count_of(view, storage->second.size() / size);
    if (!count) refuse_damaged(subject, called + " claims more numbers than the file holds");
    std::string_view bytes;
    if (*count == 0 || is_contiguous(view)) {
      bytes = storage->second.substr(*count == 0 ? 0 : view.offset * size, *count * size);
    } else {
      if (*count * size > most)
        throw DataError(subject, "describes more numbers than it holds; save contiguous tensors");
      most -= *count * size;
      file.copies.push_back(in_order(view, storage->second, *count, size));
      bytes = file.copies.back();
    }
    file.weights.tensors.push_back({std::string(name), std::string(view.type), view.shape, bytes});
  }
  return file;
}

// The zip format: data.pkl, and a member data/KEY for each storage, all in one folder.

TorchFile parse_zip(std::string_view subject, std::string_view bytes) {
  const TorchZip zip(subject, bytes);
  const auto program = zip.member("data.pkl");
  if (!program)
    throw DataError(subject, "holds no data.pkl, so it is not of torch.save(); give another file");
  if (zip.member("byteorder").value_or("little") != "little")
    throw DataError(subject, "holds big-endian numbers; save it again on this machine");
  const Content content(subject, parse_pickle(subject, *program, allowed()));
  std::map<std::string_view, std::string_view> storages;
  content.for_each_storage([&](const View& storage) {
    const auto numbers = zip.member("data/" + std::string(storage.key));
    if (numbers) storages.emplace(storage.key, *numbers);
  });
  return gather(subject, content, storages, 2 * bytes.size());
}

// The legacy format: pickles of a magic number, a version, the machine, the content, the keys of
// the storages; then for each key a count, and so many numbers.

/// A piece of the file, from where the last one ended.
class Legacy {
 public:
  Legacy(std::string_view subject, std::string_view bytes) : subject_(subject), rest_(bytes) {}

  Pickle pickle() {
    Pickle read = parse_pickle(subject_, rest_, allowed());
    rest_.remove_prefix(read.size());
    return read;
  }

  std::string_view numbers(std::size_t size) {
    std::uint64_t count = 0;
    for (const char c : take(8, 1))
      count = count >> 8U | std::uint64_t{static_cast<unsigned char>(c)} << 56U;
    return take(count, size);
  }

 private:
  std::string_view take(std::uint64_t count, std::size_t size) {
    if (count > rest_.size() / size) refuse_damaged(subject_, "is cut short");
    const std::string_view taken = rest_.substr(0, count * size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view subject_;
  std::string_view rest_;
};

bool is_little_endian(const Pickle& machine) {
  const PickleValue& dict = machine.root();
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2)
    if (machine.at(dict.items[i]).text == "little_endian")
      return machine.at(dict.items[i + 1]).number == 1;
  return false;
}

TorchFile parse_legacy(std::string_view subject, std::string_view bytes) {
  constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
  constexpr std::int64_t kVersion = 1001;
  Legacy legacy(subject, bytes);
  if (legacy.pickle().root().text != kMagic || legacy.pickle().root().number != kVersion)
    throw DataError(subject,
                    "is not of torch.save(), or of a version that is not read; save it again");
  if (!is_little_endian(legacy.pickle()))
    throw DataError(subject, "holds big-endian numbers; save it again on this machine");
  const Content content(subject, legacy.pickle());
  std::map<std::string_view, std::string_view> types;
  content.for_each_storage([&](const View& storage) { types[storage.key] = storage.type; });
  const Pickle keys = legacy.pickle();
  std::map<std::string_view, std::string_view> storages;
  for (const PickleRef ref : keys.root().items) {
    const auto type = types.find(keys.at(ref).text);
    if (type == types.end()) refuse_damaged(subject, "holds numbers of no tensor");
    storages[type->first] = legacy.numbers(dtype_size(type->second));
  }
  return gather(subject, content, storages, 2 * bytes.size());
}

}  // namespace

TorchFile parse_torch_file(std::string_view subject, std::string_view bytes) {
  return bytes.substr(0, 4) == std::string_view("PK\3\4", 4) ? parse_zip(subject, bytes)
                                                             : parse_legacy(subject, bytes);
}

}  // namespace cs::formats
