// What libFuzzer calls.
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cs::fuzz::run(cs::fuzz::Input(data, size));
  return 0;
}
