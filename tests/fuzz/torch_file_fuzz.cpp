// Files of torch.save(), in both formats. Input: the file.
#include "formats/torch_file.hpp"
#include "fuzz.hpp"

namespace cs::fuzz {

void run(Input input) {
  const Exact bytes(input.rest());
  const auto file = accepted([&] { return formats::parse_torch_file(kSubject, bytes.view()); });
  if (!file) return;
  std::size_t copied = 0;
  for (const std::string& copy : file->copies) copied += copy.size();
  require(copied <= 2 * bytes.view().size(), "copies are of the size of the file");
  for (const formats::TensorBytes& tensor : file->weights.tensors) {
    std::size_t size = formats::dtype_size(tensor.dtype);
    require(size > 0, "the type is one of safetensors'");
    for (const std::int64_t extent : tensor.shape) size *= static_cast<std::size_t>(extent);
    require(size == tensor.bytes.size(), "shape and bytes agree");
    std::size_t sum = 0;
    for (const char c : tensor.bytes) sum += static_cast<unsigned char>(c);
    require(sum <= 255 * tensor.bytes.size(), "all bytes can be read");
  }
}

}  // namespace cs::fuzz
