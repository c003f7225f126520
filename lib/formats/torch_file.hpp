/// PyTorch's own files of weights, as torch.save() writes them: the zip format, and the legacy one
/// of before 1.6. Both are pickles around the bytes of tensors; see formats/pickle.hpp.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "formats/safetensors.hpp"

namespace cs::formats {

struct TorchFile {
  Safetensors weights;             ///< named as in the file, without metadata
  std::deque<std::string> copies;  ///< of tensors that are views of others; `weights` points here
};

/// Reads the tensors of a state dict: the file's whole content, or what it holds under
/// `state_dict`, `model_state_dict` or `model`, or as its only dictionary of tensors. The result
/// points into `bytes`. Throws DataError naming `subject` for a file that would run anything but
/// what rebuilds tensors (parse_pickle()), holds no or several state dicts, is damaged or cut
/// short, names a tensor twice, or claims tensors that its bytes do not hold.
TorchFile parse_torch_file(std::string_view subject, std::string_view bytes);

}  // namespace cs::formats
