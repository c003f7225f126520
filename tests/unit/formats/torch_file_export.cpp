// What a file of torch.save() holds, for torch_file_reference.py: torch_file_export FILE OUT writes
// OUT as safetensors, or prints the error and exits with 3.

#include <iostream>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/safetensors.hpp"
#include "formats/weights_file.hpp"

int main(int /*argc*/, char** argv) {
  try {
    const cs::formats::WeightsFile read = cs::formats::read_weights(argv[1]);
    cs::write_file(argv[2], cs::formats::to_safetensors(read.file.tensors, {}),
                   cs::Overwrite::kAllow);
  } catch (const cs::DataError& e) {
    std::cout << e.what() << '\n';
    return 3;
  }
}
