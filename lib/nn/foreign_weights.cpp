#include "nn/foreign_weights.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <deque>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "nn/architectures.hpp"
#include "nn/state.hpp"

namespace cs::nn {
namespace {

using formats::Safetensors;
using formats::TensorBytes;

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// At most four names, and how many more there are.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
    text += (i == 0 ? "" : ", ") + printable(names[i]);
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

/// The numbers of the parts of a torch.nn.Sequential that hold blocks, in order: layer1, layer2,
/// ...
std::vector<std::string> numbered_stages(const Safetensors& file, std::string_view prefix) {
  std::set<std::pair<std::size_t, std::string>> found;
  for (const TensorBytes& tensor : file.tensors) {
    if (!starts_with(tensor.name, prefix)) continue;
    const std::string rest = tensor.name.substr(prefix.size());
    const std::string part = rest.substr(0, rest.find('.'));
    if (is_number(part) && rest == part + ".0.conv1.weight") found.insert({part.size(), part});
  }
  std::vector<std::string> parts;
  parts.reserve(found.size());
  for (const auto& [digits, part] : found) parts.push_back(part);
  return parts;
}

/// Names of a file in those of torchvision.
class Renaming {
 public:
  Renaming(const Safetensors& file, std::string prefix) : prefix_(std::move(prefix)) {
    if (file.find(prefix_ + "conv1.weight") != nullptr) return;
    parts_ = {{"0", "conv1"}, {"1", "bn1"}};
    const auto stages = numbered_stages(file, prefix_);
    for (std::size_t i = 0; i < stages.size(); ++i)
      parts_[stages[i]] = "layer" + std::to_string(i + 1);
  }

  /// Empty for a tensor that is not the network's.
  std::string of(const std::string& name) const {
    if (!starts_with(name, prefix_)) return "";
    std::string rest = name.substr(prefix_.size());
    const std::size_t dot = rest.find('.');
    if (dot == std::string::npos) return "";
    std::string part = rest.substr(0, dot);
    rest.erase(0, dot);
    if (const auto renamed = parts_.find(part); renamed != parts_.end()) part = renamed->second;
    if (part == "linear") part = "fc";
    if (const std::size_t at = rest.find(".shortcut."); at != std::string::npos)
      rest.replace(at, std::strlen(".shortcut."), ".downsample.");
    const bool own = part == "conv1" || part == "bn1" || part == "fc" || starts_with(part, "layer");
    return own ? part + rest : "";
  }

 private:
  std::string prefix_;
  std::map<std::string, std::string> parts_;
};

/// A network's tensors under torchvision's names, in f32.
struct Renamed {
  Safetensors file;
  std::deque<std::string> converted;  ///< bytes that `file` points into
  std::vector<std::string> left_out;
};

at::ScalarType scalar_type(const std::string& dtype) {
  if (dtype == "F16") return at::kHalf;
  if (dtype == "BF16") return at::kBFloat16;
  if (dtype == "F64") return at::kDouble;
  return at::kFloat;
}

/// The tensor as the network keeps it: floating point in f32.
TensorBytes widened(TensorBytes tensor, std::deque<std::string>& converted) {
  const at::ScalarType type = scalar_type(tensor.dtype);
  if (type == at::kFloat) return tensor;
  at::Tensor values = at::empty(tensor.shape, type);
  std::memcpy(values.data_ptr(), tensor.bytes.data(), tensor.bytes.size());
  values = values.to(at::kFloat);
  converted.emplace_back(static_cast<const char*>(values.data_ptr()), values.nbytes());
  tensor.dtype = "F32";
  tensor.bytes = converted.back();
  return tensor;
}

Renamed rename(const Safetensors& file, const std::string& prefix, OutputLayer output) {
  const Renaming renaming(file, prefix);
  Renamed renamed;
  for (const TensorBytes& tensor : file.tensors) {
    const std::string name = renaming.of(tensor.name);
    const bool used = !name.empty() && (output == OutputLayer::kFc || !starts_with(name, "fc."));
    if (!used) {
      renamed.left_out.push_back(tensor.name);
      continue;
    }
    renamed.file.tensors.push_back(widened(tensor, renamed.converted));
    renamed.file.tensors.back().name = name;
  }
  return renamed;
}

/// Adds the counts of batches that PyTorch before 0.4 did not keep.
void add_counts(Renamed& renamed, const State& state) {
  for (const auto& [name, tensor] : state) {
    if (!ends_with(name, ".num_batches_tracked") || renamed.file.find(name) != nullptr) continue;
    renamed.converted.emplace_back(sizeof(std::int64_t), '\0');
    renamed.file.tensors.push_back({name, "I64", {}, renamed.converted.back()});
  }
}

struct Difference {
  std::vector<std::string> missing, unexpected;
  bool none() const { return missing.empty() && unexpected.empty(); }
};

/// Of names and shapes.
Difference difference(const State& state, const Safetensors& file) {
  Difference found;
  std::set<std::string> expected;
  for (const auto& [name, tensor] : state) {
    expected.insert(name);
    const TensorBytes* const other = file.find(name);
    if (other == nullptr) {
      if (!ends_with(name, ".num_batches_tracked")) found.missing.push_back(name);
    } else if (tensor.sizes() != at::IntArrayRef(other->shape)) {
      found.unexpected.push_back(name + " of another shape");
    }
  }
  for (const TensorBytes& tensor : file.tensors)
    if (expected.count(tensor.name) == 0) found.unexpected.push_back(tensor.name);
  return found;
}

EncoderConfig config_of(const ForeignNetwork& network, const Safetensors& renamed) {
  EncoderConfig config;
  config.arch = network.arch;
  config.stem = network.stem;
  config.input = network.input;
  if (network.output == OutputLayer::kFc) {
    const TensorBytes* const fc = renamed.find("fc.weight");
    config.linear = true;
    if (fc != nullptr && fc->shape.size() == 2) config.width = fc->shape.front();
  }
  return config;
}

/// The one prefix; throws DataError if there is none, or several and none is named.
std::string prefix_of(std::string_view subject, const Safetensors& file,
                      const std::optional<std::string>& named) {
  const std::vector<std::string> found = network_prefixes(file);
  std::vector<std::string> begin;
  for (const TensorBytes& tensor : file.tensors) begin.push_back(tensor.name);
  if (found.empty())
    throw DataError(subject,
                    "holds no residual network that is known here (conv1, bn1, layer1 and "
                    "so on); it holds " +
                        some_of(begin));
  const auto quoted = [&] {
    std::vector<std::string> list;
    list.reserve(found.size());
    for (const std::string& prefix : found) list.push_back("'" + prefix + "'");
    return some_of(list);
  };
  if (named) {
    if (std::find(found.begin(), found.end(), *named) == found.end())
      throw DataError(subject, "holds no network under the prefix '" + printable(*named) +
                                   "'; there is " + quoted());
    return *named;
  }
  if (found.size() > 1)
    throw DataError(subject, "holds several networks; choose one with `prefix`: " + quoted());
  return found.front();
}

}  // namespace

std::vector<std::string> network_prefixes(const Safetensors& file) {
  std::vector<std::string> found;
  const auto ends_in = [&](const std::string& name, std::string_view first,
                           std::string_view second) {
    if (!ends_with(name, first)) return;
    const std::string prefix = name.substr(0, name.size() - first.size());
    if (!prefix.empty() && prefix.back() != '.') return;
    if (file.find(prefix + std::string(second)) != nullptr) found.push_back(prefix);
  };
  for (const TensorBytes& tensor : file.tensors) {
    ends_in(tensor.name, "conv1.weight", "layer1.0.conv1.weight");
    ends_in(tensor.name, "0.weight", "1.running_mean");
  }
  const auto is_network = [&](const std::string& prefix) {
    return file.find(prefix + "conv1.weight") != nullptr || !numbered_stages(file, prefix).empty();
  };
  found.erase(std::remove_if(found.begin(), found.end(),
                             [&](const std::string& prefix) { return !is_network(prefix); }),
              found.end());
  return found;
}

std::string fitting(const Safetensors& file, const std::optional<std::string>& prefix) {
  const std::vector<std::string> found = network_prefixes(file);
  if (found.size() != 1 && !prefix) return "";
  const Renamed renamed =
      rename(file, prefix.value_or(found.empty() ? "" : found.front()), OutputLayer::kFeatures);
  const TensorBytes* const first = renamed.file.find("conv1.weight");
  std::string text;
  for (const Architecture& arch : architectures())
    for (const auto& stem : kStems.rows()) {
      if (first == nullptr || first->shape.empty() || first->shape.back() != stem.value.kernel)
        continue;  // making a network takes a while
      ForeignNetwork network;
      network.arch = arch.name;
      network.stem = stem.value;
      const Encoder encoder = make_encoder(config_of(network, renamed.file));
      if (difference(state_of(*encoder), renamed.file).none())
        text += (text.empty() ? "`arch` " : " or ") + arch.name + " with `stem` " +
                std::string(stem.word);
    }
  return text;
}

Adopted adopt(std::string_view subject, const Safetensors& file, const ForeignNetwork& network) {
  const std::string prefix = prefix_of(subject, file, network.prefix);
  Renamed renamed = rename(file, prefix, network.output);
  if (network.output == OutputLayer::kFc && renamed.file.find("fc.weight") == nullptr)
    throw DataError(subject,
                    "has no one linear layer behind its features; ask for `victim-output` "
                    "features");
  Encoder encoder = make_encoder(config_of(network, renamed.file));
  const State state = state_of(*encoder);
  if (const Difference found = difference(state, renamed.file); !found.none()) {
    std::string what = "is no " + network.arch + " with this `stem`";
    if (!found.missing.empty()) what += "; it lacks " + some_of(found.missing);
    if (!found.unexpected.empty()) what += "; it has " + some_of(found.unexpected);
    const std::string fits = fitting(file, prefix);
    throw DataError(subject, what + (fits.empty() ? "" : "; it fits " + fits));
  }
  add_counts(renamed, state);
  copy_into(state, renamed.file, subject);
  encoder->eval();
  return {std::move(encoder), std::move(renamed.left_out)};
}

ForeignNetwork foreign_network(const formats::WeightsFile& file, const StatedNetwork& stated,
                               std::int64_t size) {
  if (!stated.arch || !stated.stem) {
    const std::string fits = fitting(file.file, stated.prefix);
    throw UsageError("`arch` and `stem`", "are needed for " + file.subject +
                                              ", weights that do not say their network" +
                                              (fits.empty() ? "" : "; they fit " + fits));
  }
  if (!stated.mean || !stated.std)
    throw UsageError("`mean` and `std`",
                     "are needed for " + file.subject +
                         ", weights that do not say their input; torchvision's take "
                         "0.485,0.456,0.406 and 0.229,0.224,0.225; 0 and 1 leave pixels / 255");
  ForeignNetwork network;
  network.arch = *stated.arch;
  network.stem = *stated.stem;
  network.input = {size, *stated.mean, *stated.std};
  network.prefix = stated.prefix;
  return network;
}

EncoderFile load_encoder_or_weights(const std::filesystem::path& path, const StatedNetwork& stated,
                                    std::int64_t size) {
  const formats::WeightsFile file = formats::read_weights(path);
  if (file.kind != formats::WeightsKind::kForeign) {
    if (stated.arch || stated.stem || stated.mean || stated.std || stated.prefix)
      throw UsageError(file.subject,
                       "states its network; leave out `arch`, `stem`, `mean`, `std` and `prefix`");
    return load_encoder(path);
  }
  EncoderFile result;
  result.encoder = adopt(file.subject, file.file, foreign_network(file, stated, size)).encoder;
  result.about.config = result.encoder->config();
  result.digest = file.digest;
  return result;
}

}  // namespace cs::nn
