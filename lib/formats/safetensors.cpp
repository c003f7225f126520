#include "formats/safetensors.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"

namespace cs::formats {
namespace {

constexpr std::size_t kPrefix = 8;  // the header's length
// Of the 100 MB that the format allows: 10,000 tensors. What parses it takes time by their square.
constexpr std::uint64_t kMostHeader = 1U << 20U;
constexpr std::string_view kMetadataKey = "__metadata__";

/// Elements times their size; nothing if that does not fit.
std::optional<std::uint64_t> byte_size(std::string_view dtype,
                                       const std::vector<std::int64_t>& shape) {
  std::uint64_t size = dtype_size(dtype);
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(size, static_cast<std::uint64_t>(extent), &size))
      return std::nullopt;
  return size;
}

std::string called(std::string_view name) { return "tensor '" + printable(name) + "'"; }

/// Throws DataErrors about one file.
struct Source {
  std::string_view subject;

  void require(bool condition, const std::string& what) const {
    if (!condition) throw DataError(subject, what + "; not a valid safetensors file");
  }
};

std::uint64_t header_length(const Source& source, std::string_view bytes) {
  source.require(bytes.size() >= kPrefix, "shorter than the 8 bytes of the header length");
  std::uint64_t length = 0;
  for (std::size_t i = kPrefix; i-- > 0;)
    length = (length << 8U) | static_cast<unsigned char>(bytes[i]);
  source.require(length <= kMostHeader,
                 "header of " + std::to_string(length) + " bytes, over the limit of 1 MiB");
  source.require(length <= bytes.size() - kPrefix,
                 "the file ends inside its header of " + std::to_string(length) + " bytes");
  return length;
}

Metadata read_metadata(const Source& source, const Json& json) {
  source.require(json.is_object(), "__metadata__ is not an object");
  Metadata metadata;
  for (const auto& [key, value] : json.items()) {
    source.require(value.is_string(), "metadata '" + printable(key) + "' is not a string");
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

std::vector<std::int64_t> read_shape(const Source& source, const std::string& name,
                                     const Json& json) {
  source.require(json.is_array(), called(name) + ": shape is not an array");
  std::vector<std::int64_t> shape;
  for (const Json& extent : json) {
    source.require(extent.is_number_unsigned() && extent.get<std::uint64_t>() <= INT64_MAX,
                   called(name) + ": shape holds something else than sizes");
    shape.push_back(extent.get<std::int64_t>());
  }
  return shape;
}

/// [begin, end) in the data; checks that it lies inside.
std::array<std::uint64_t, 2> read_offsets(const Source& source, const std::string& name,
                                          const Json& json, std::uint64_t data_size) {
  source.require(json.is_array() && json.size() == 2 && json[0].is_number_unsigned() &&
                     json[1].is_number_unsigned(),
                 called(name) + ": data_offsets are not two offsets");
  const auto begin = json[0].get<std::uint64_t>();
  const auto end = json[1].get<std::uint64_t>();
  source.require(begin <= end, called(name) + ": ends before it begins");
  source.require(end <= data_size, called(name) + ": ends at byte " + std::to_string(end) +
                                       " of data that has " + std::to_string(data_size));
  return {begin, end};
}

TensorBytes read_tensor(const Source& source, const std::string& name, const Json& json,
                        std::string_view data) {
  source.require(json.is_object() && json.size() == 3 && json.contains("dtype") &&
                     json.contains("shape") && json.contains("data_offsets"),
                 called(name) + ": not an object of dtype, shape and data_offsets");
  source.require(json["dtype"].is_string(), called(name) + ": dtype is not a string");
  TensorBytes tensor{name, json["dtype"].get<std::string>(), {}, {}};
  source.require(dtype_size(tensor.dtype) != 0,
                 called(name) + ": unknown dtype '" + printable(tensor.dtype) + "'");
  tensor.shape = read_shape(source, name, json["shape"]);
  const auto [begin, end] = read_offsets(source, name, json["data_offsets"], data.size());
  const auto size = byte_size(tensor.dtype, tensor.shape);
  source.require(size.has_value(), called(name) + ": its shape overflows");
  source.require(*size == end - begin, called(name) + ": its shape needs " + std::to_string(*size) +
                                           " bytes, its offsets hold " +
                                           std::to_string(end - begin));
  tensor.bytes = data.substr(begin, end - begin);
  return tensor;
}

/// The tensors, laid end to end, must be the data: that rules out overlap and holes at once.
void check_cover(const Source& source, const std::vector<TensorBytes>& tensors,
                 std::string_view data) {
  const char* expected = data.data();
  for (const TensorBytes& tensor : tensors) {
    source.require(tensor.bytes.data() >= expected,
                   called(tensor.name) + ": overlaps the tensor before it");
    source.require(tensor.bytes.data() == expected, called(tensor.name) + ": a hole before it");
    expected += tensor.bytes.size();
  }
  source.require(
      expected == data.data() + data.size(),
      std::to_string(data.data() + data.size() - expected) + " bytes after the last tensor");
}

void check_writable(const TensorBytes& tensor, std::set<std::string>& names) {
  if (tensor.name == kMetadataKey || !names.insert(tensor.name).second)
    throw Error(tensor.name, "a file cannot hold this name twice");
  if (dtype_size(tensor.dtype) == 0)
    throw Error(tensor.name, "unknown dtype '" + tensor.dtype + "'");
  if (byte_size(tensor.dtype, tensor.shape) != tensor.bytes.size())
    throw Error(tensor.name, "shape and bytes disagree");
}

Json header_of(const std::vector<TensorBytes>& tensors, const Metadata& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header[std::string(kMetadataKey)] = metadata;
  std::set<std::string> names{std::string(kMetadataKey)};
  std::uint64_t offset = 0;
  for (const TensorBytes& tensor : tensors) {
    check_writable(tensor, names);
    const std::uint64_t end = offset + tensor.bytes.size();
    header[tensor.name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  return header;
}

}  // namespace

std::size_t dtype_size(std::string_view dtype) {
  static constexpr std::array<std::pair<std::string_view, std::size_t>, 17> kSizes{{
      {"BOOL", 1},
      {"U8", 1},
      {"I8", 1},
      {"F8_E4M3", 1},
      {"F8_E5M2", 1},
      {"F8_E8M0", 1},
      {"I16", 2},
      {"U16", 2},
      {"F16", 2},
      {"BF16", 2},
      {"I32", 4},
      {"U32", 4},
      {"F32", 4},
      {"I64", 8},
      {"U64", 8},
      {"F64", 8},
      {"C64", 8},
  }};
  for (const auto& [word, size] : kSizes)
    if (word == dtype) return size;
  return 0;
}

const TensorBytes* Safetensors::find(std::string_view name) const {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const TensorBytes& tensor) { return tensor.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

std::string to_safetensors(const std::vector<TensorBytes>& tensors, const Metadata& metadata) {
  std::string header = to_line(header_of(tensors, metadata));
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::size_t total = kPrefix + header.size();
  for (const TensorBytes& tensor : tensors) total += tensor.bytes.size();
  std::string bytes;
  bytes.reserve(total);
  for (std::size_t i = 0; i < kPrefix; ++i)
    bytes.push_back(static_cast<char>((std::uint64_t{header.size()} >> (8 * i)) & 0xFFU));
  bytes += header;
  for (const TensorBytes& tensor : tensors) bytes += tensor.bytes;
  return bytes;
}

Safetensors parse_safetensors(std::string_view subject, std::string_view bytes) {
  const Source source{subject};
  const std::uint64_t length = header_length(source, bytes);
  const std::string_view header = bytes.substr(kPrefix, length);
  const std::string_view data = bytes.substr(kPrefix + length);
  source.require(!header.empty() && header.front() == '{', "the header does not start with '{'");
  const Json json = parse_json(subject, header);
  Safetensors file;
  for (const auto& [name, value] : json.items()) {
    if (name == kMetadataKey)
      file.metadata = read_metadata(source, value);
    else
      file.tensors.push_back(read_tensor(source, name, value, data));
  }
  // An empty tensor begins where the next one does, so sort by the end as well.
  std::sort(file.tensors.begin(), file.tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  check_cover(source, file.tensors, data);
  return file;
}

}  // namespace cs::formats
