#include "nn/pixels.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/error.hpp"

namespace cs::nn {
namespace {

TEST(Normalize, GivesTheHandComputedNumbersInChannelsLast) {
  at::Tensor pixels = at::zeros({1, 1, 2, 3}, at::kByte);
  const std::array<std::uint8_t, 6> values{0, 51, 102, 255, 153, 204};
  std::copy(values.begin(), values.end(), pixels.data_ptr<std::uint8_t>());
  InputConfig input;
  input.mean = {0.5, 0.2, 0.4};
  input.std = {0.5, 0.25, 0.1};
  const at::Tensor result = normalize(pixels, input, at::kCPU);
  EXPECT_EQ(result.sizes(), (at::IntArrayRef{1, 3, 1, 2}));
  EXPECT_EQ(result.scalar_type(), at::kFloat);
  EXPECT_TRUE(result.is_contiguous(at::MemoryFormat::ChannelsLast));
  const std::array<float, 6> expected{-1, 1, 0, 1.6F, 0, 4};  // red, green, blue of both pixels
  for (std::int64_t i = 0; i < 6; ++i)
    EXPECT_NEAR(result.flatten()[i].item<float>(), expected.at(static_cast<std::size_t>(i)), 1e-5);
  EXPECT_EQ(pixels.flatten()[3].item<int>(), 255) << "the pixels themselves must not change";
}

TEST(Normalize, TakesFloatsFrom0To255AndLeavesThemAlone) {
  const at::Tensor bytes = at::randint(0, 256, {2, 3, 4, 3}, at::kByte);
  const at::Tensor floats = bytes.to(at::kFloat);
  InputConfig input;
  input.mean = {0.5, 0.2, 0.4};
  input.std = {0.5, 0.25, 0.1};
  EXPECT_TRUE(at::equal(normalize(floats, input, at::kCPU), normalize(bytes, input, at::kCPU)));
  EXPECT_TRUE(at::equal(floats, bytes.to(at::kFloat)));
}

TEST(Normalize, RefusesWhatIsNoImagesOfThreeChannels) {
  EXPECT_THROW(normalize(at::zeros({1, 3, 2, 2}, at::kByte), {}, at::kCPU), Error);
  EXPECT_THROW(normalize(at::zeros({1, 2, 2, 3}, at::kInt), {}, at::kCPU), Error);
  EXPECT_THROW(normalize(at::zeros({2, 2, 3}, at::kByte), {}, at::kCPU), Error);
}

}  // namespace
}  // namespace cs::nn
