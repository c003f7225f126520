// Safetensors. Input: u8 kind, then the file; or one whose length of the header is made right
// first, to end with the last '}', so that changes of the JSON do not end there; or a description
// of one.
#include <array>

#include "formats/safetensors.hpp"
#include "fuzz.hpp"

namespace cs::fuzz {
namespace {

using formats::Safetensors;
using formats::TensorBytes;

enum Kind : std::uint8_t { kFile, kRightLength, kDescription, kKinds };

constexpr std::size_t kPrefix = 8;

std::string with_right_length(std::string file) {
  const std::size_t end = file.rfind('}');
  if (end == std::string::npos || end < kPrefix) return file;
  for (std::size_t i = 0; i < kPrefix; ++i)
    file[i] = static_cast<char>((end + 1 - kPrefix) >> (8 * i) & 0xFFU);
  return file;
}

/// Mostly 0, else 1 or -1.
std::uint64_t nudge(Input& input) {
  const auto byte = input.take<std::uint8_t>();
  return byte < 0xFE ? 0 : byte == 0xFF ? 1 : ~std::uint64_t{0};
}

/// A file that is right, or nearly: changes of a JSON text seldom leave shape, offsets and data in
/// agreement. Of each tensor: u8 type, u8 dimensions, i8 extents, two nudges for the offsets.
std::string described(Input input) {
  constexpr std::uint64_t kMost = 1U << 12U;
  constexpr std::array<const char*, 5> kTypes = {"U8", "F16", "F32", "I64", "F00"};
  std::string header = "{";
  std::uint64_t at = 0;
  for (unsigned tensors = input.take<std::uint8_t>() % 5U, i = 0; i < tensors; ++i) {
    const std::string dtype = kTypes[input.take<std::uint8_t>() % kTypes.size()];
    std::uint64_t bytes = formats::dtype_size(dtype);
    std::string shape;
    for (unsigned rest = input.take<std::uint8_t>() % 4U; rest > 0; --rest) {
      const auto extent = input.take<std::int8_t>();
      shape += (shape.empty() ? "" : ",") + std::to_string(extent);
      bytes *= static_cast<std::uint64_t>(extent);
    }
    const std::uint64_t begin = at + nudge(input);
    at = begin + bytes + nudge(input);
    header += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{"dtype":")" + dtype +
              R"(","shape":[)" + shape + R"(],"data_offsets":[)" + std::to_string(begin) + ',' +
              std::to_string(at) + "]}";
  }
  const std::string data(std::min(kMost, at + nudge(input)), 'x');
  return with_right_length(std::string(kPrefix, '\0') + header + '}') + data;
}

std::string file_of(Input input) {
  const auto kind = input.take<std::uint8_t>() % kKinds;
  if (kind == kDescription) return described(input);
  const std::string file(input.rest());
  return kind == kRightLength ? with_right_length(file) : file;
}

void check(const Safetensors& file, std::string_view bytes) {
  std::size_t total = 0;
  for (const TensorBytes& tensor : file.tensors) {
    require(tensor.bytes.data() >= bytes.data() + kPrefix &&
                tensor.bytes.data() + tensor.bytes.size() <= bytes.data() + bytes.size(),
            "tensors lie in the file");
    require(file.find(tensor.name) == &tensor, "every tensor can be found");
    total += tensor.bytes.size();
  }
  require(total <= bytes.size() - kPrefix, "tensors do not overlap");
  const std::string written = formats::to_safetensors(file.tensors, file.metadata);
  const Safetensors again = formats::parse_safetensors(kSubject, written);
  require(again.metadata == file.metadata && again.tensors.size() == file.tensors.size(),
          "a file reads back");
  for (const TensorBytes& tensor : file.tensors) {
    const TensorBytes* same = again.find(tensor.name);
    require(same != nullptr && same->dtype == tensor.dtype && same->shape == tensor.shape &&
                same->bytes == tensor.bytes,
            "a tensor reads back");
  }
}

}  // namespace

void run(Input input) {
  const Exact bytes(file_of(input));
  if (const auto file =
          accepted([&] { return formats::parse_safetensors(kSubject, bytes.view()); }))
    check(*file, bytes.view());
}

}  // namespace cs::fuzz
