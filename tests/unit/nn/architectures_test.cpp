#include "nn/architectures.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "nn/encoder.hpp"
#include "nn/init.hpp"

namespace cs::nn {
namespace {

/// The names of the parameters that `freeze(word)` leaves to train.
std::set<std::string> trained(const std::string& arch, const std::string& word) {
  EncoderConfig config;
  config.arch = arch;
  const Encoder encoder = make_encoder(config);
  encoder->freeze(word);
  std::set<std::string> names;
  for (const auto& item : encoder->named_parameters())
    if (item.value().requires_grad()) names.insert(item.key());
  return names;
}

TEST(Architectures, StateTheWidthOfTheirFeatures) {
  const at::NoGradGuard no_grad;
  for (const Architecture& arch : architectures()) {
    EncoderConfig config;
    config.arch = arch.name;
    const Encoder encoder = make_encoder(config);
    encoder->eval();
    EXPECT_TRUE(encoder->fc().is_empty()) << arch.name;
    EXPECT_EQ(encoder->forward(at::zeros({2, 3, 32, 32})).sizes(),
              (at::IntArrayRef{2, arch.features}))
        << arch.name;
  }
}

TEST(Architectures, EachStageFreezesMoreThanTheOneBefore) {
  for (const Architecture& arch : architectures()) {
    std::size_t before = trained(arch.name, "none").size();
    for (const std::string& stage : arch.stages) {
      const std::size_t left = trained(arch.name, stage).size();
      EXPECT_LT(left, before) << arch.name << " " << stage;
      before = left;
    }
    EXPECT_GT(before, 0U) << arch.name;
    EXPECT_TRUE(trained(arch.name, "encoder").empty()) << arch.name;
  }
}

TEST(Architectures, CanBeInitialized) {
  for (const Architecture& arch : architectures()) {
    EncoderConfig config;
    config.arch = arch.name;
    config.width = 5;
    EXPECT_NO_THROW(initialize(*make_encoder(config), 1)) << arch.name;
  }
}

}  // namespace
}  // namespace cs::nn
