/// In place of onnx.cpp, for builds without OpenCV's dnn.

#include <memory>
#include <string>

#include "answers/victim.hpp"
#include "core/error.hpp"
#include "victim/options.hpp"

namespace cs::victim {

std::unique_ptr<answers::Victim> onnx_victim(const std::string& path, const std::string& /*bytes*/,
                                             const VictimOptions& /*options*/) {
  throw DataError(path,
                  "is an ONNX model, which this build does not run; build with -DCS_ONNX=ON, or "
                  "export TorchScript");
}

}  // namespace cs::victim
