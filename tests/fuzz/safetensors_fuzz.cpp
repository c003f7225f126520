// Safetensors. Input: u8 flags, the file. Odd flags: the length of the header is made right first,
// to end with the last '}', so that changes of the JSON do not end there.
#include "formats/safetensors.hpp"
#include "fuzz.hpp"

namespace cs::fuzz {
namespace {

using formats::Safetensors;
using formats::TensorBytes;

constexpr std::size_t kPrefix = 8;

std::string with_right_length(std::string file) {
  const std::size_t end = file.rfind('}');
  if (end == std::string::npos || end < kPrefix) return file;
  for (std::size_t i = 0; i < kPrefix; ++i)
    file[i] = static_cast<char>((end + 1 - kPrefix) >> (8 * i) & 0xFFU);
  return file;
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
  const bool right_length = input.take<std::uint8_t>() % 2 == 1;
  const std::string bytes =
      right_length ? with_right_length(std::string(input.rest())) : std::string(input.rest());
  if (const auto file = accepted([&] { return formats::parse_safetensors(kSubject, bytes); }))
    check(*file, bytes);
}

}  // namespace cs::fuzz
