#include "nn/architectures.hpp"

#include "core/error.hpp"
#include "nn/resnet.hpp"

namespace cs::nn {

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> kAll{
      {"resnet10", 256, resnet_stages(), resnet({{1, 1, 1, 1}, Block::kBasic, 32})},
      {"resnet18", 512, resnet_stages(), resnet({{2, 2, 2, 2}, Block::kBasic, 64})},
      {"resnet34", 512, resnet_stages(), resnet({{3, 4, 6, 3}, Block::kBasic, 64})},
      {"resnet50", 2048, resnet_stages(), resnet({{3, 4, 6, 3}, Block::kBottleneck, 64})},
  };
  return kAll;
}

const Architecture& find_architecture(const std::string& name) {
  std::string known;
  for (const Architecture& each : architectures()) {
    if (each.name == name) return each;
    known += (known.empty() ? "" : ", ") + each.name;
  }
  throw UsageError(name, "no such architecture; there are " + known);
}

}  // namespace cs::nn
