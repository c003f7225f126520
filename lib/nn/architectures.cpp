#include "nn/architectures.hpp"

#include "core/error.hpp"
#include "nn/resnet.hpp"

namespace cs::nn {
namespace {

Architecture residual(const char* name, std::int64_t features, const ResNetShape& shape) {
  return {name, features, resnet_stages(shape), resnet(shape)};
}

}  // namespace

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> kAll{
      residual("resnet10", 256, {{1, 1, 1, 1}, Block::kBasic, 32}),
      residual("resnet18", 512, {{2, 2, 2, 2}, Block::kBasic, 64}),
      residual("resnet34", 512, {{3, 4, 6, 3}, Block::kBasic, 64}),
      residual("resnet50", 2048, {{3, 4, 6, 3}, Block::kBottleneck, 64}),
      residual("resnet20", 64, {{3, 3, 3}, Block::kBasic, 16, Shortcut::kPadding}),
      residual("resnet32", 64, {{5, 5, 5}, Block::kBasic, 16, Shortcut::kPadding}),
      residual("resnet44", 64, {{7, 7, 7}, Block::kBasic, 16, Shortcut::kPadding}),
      residual("resnet56", 64, {{9, 9, 9}, Block::kBasic, 16, Shortcut::kPadding}),
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
