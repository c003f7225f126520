/// What PyTorch 2 writes into a TorchScript file of the input that it was traced with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/stored_zip.hpp"

namespace cs::test {

/// A tensor of this shape, in the pickle of PyTorch 2.6 but for its memo.
inline std::string traced_tensor(const std::vector<std::uint16_t>& shape) {
  using namespace std::string_literals;
  std::string extents = "(";
  for (const std::uint16_t extent : shape) extents += "M" + little_endian(extent, 2);
  extents += "t";
  return "ctorch._utils\n_rebuild_tensor_v2\n"
         "((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuM\1\0tQK\0"s +
         extents + extents + "\x89" + "ccollections\nOrderedDict\n)RtR";
}

/// `traced_inputs.pkl` of a program whose method `method` took these tensors.
inline std::string traced_inputs(const std::string& tensors,
                                 const std::string& method = "forward") {
  using namespace std::string_literals;
  const std::string typed = "ctorch.jit._pickle\nrestore_type_tag\n";
  return "\x80\2"s + typed + "}(X" + little_endian(method.size(), 4) + method + typed + "](" +
         tensors + "eX\x9\0\0\0List[Any]\x86RuX\x14\0\0\0Dict[str, List[Any]]\x86R."s;
}

/// A file that looks like TorchScript and says that, but that no LibTorch loads.
inline std::string traced_script(const std::string& inputs) {
  return stored_zip({{"v/data.pkl", ""}, {"v/constants.pkl", ""}, {"v/traced_inputs.pkl", inputs}});
}

}  // namespace cs::test
