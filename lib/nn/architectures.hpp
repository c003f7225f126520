/// The list of architectures. A new one is a file with its layers (resnet.cpp) and a row here.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/encoder.hpp"

namespace cs::nn {

struct Architecture {
  std::string name;
  std::int64_t features = 0;        ///< width of what its layers make of an image
  std::vector<std::string> stages;  ///< names of EncoderImpl::stages(), for freeze()
  std::function<Encoder(const EncoderConfig&)> make;
};

/// All architectures, in the order in which help and manual list them.
const std::vector<Architecture>& architectures();

/// Throws UsageError naming all if `name` is none.
const Architecture& find_architecture(const std::string& name);

}  // namespace cs::nn
