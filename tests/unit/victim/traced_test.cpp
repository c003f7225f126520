#include "victim/traced.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/thrown.hpp"
#include "support/traced.hpp"

namespace cs::victim {
namespace {

/// What is said of asking a file that was traced with a tensor of this shape: a refusal or a
/// remark.
std::string said(const std::vector<std::uint16_t>& shape, VictimOptions options) {
  std::string remark = "nothing";
  options.remark = [&](const std::string& what) { remark = what; };
  const std::string refusal = test::thrown<UsageError>([&] {
    check_traced("v.pt", test::traced_script(test::traced_inputs(test::traced_tensor(shape))),
                 options);
  });
  return refusal == "nothing was thrown" ? remark : refusal;
}

VictimOptions asking(std::int64_t size, std::optional<std::int64_t> input = {},
                     std::optional<Layout> layout = {}) {
  VictimOptions options;
  options.image_size = size;
  options.input_size = input;
  options.layout = layout;
  return options;
}

TEST(CheckTraced, RefusesAnotherSizeUnlessItIsStated) {
  EXPECT_EQ(
      said({1, 3, 224, 224}, asking(32)),
      "v.pt: was traced with images of 224 pixels, these are of 32; pass `input-size` 224, or "
      "32 if that is meant");
  EXPECT_EQ(said({1, 3, 224, 224}, asking(32, 64)),
            "v.pt: was traced with images of 224 pixels, and is asked about 64");
  EXPECT_EQ(said({1, 3, 224, 224}, asking(0)),
            "v.pt: was traced with images of 224 pixels; pass `input-size` 224");
  EXPECT_EQ(said({1, 3, 224, 224}, asking(32, 224)), "nothing");
  EXPECT_EQ(said({8, 3, 32, 32}, asking(32)), "nothing");
}

TEST(CheckTraced, RefusesAnotherLayoutUnlessItIsStated) {
  EXPECT_EQ(said({1, 32, 32, 3}, asking(32)),
            "v.pt: was traced with images in another order of axes; pass `layout` nhwc, or nchw if "
            "that is meant");
  EXPECT_EQ(said({1, 32, 32, 3}, asking(32, {}, Layout::kNhwc)), "nothing");
  EXPECT_EQ(said({1, 3, 32, 32}, asking(32, {}, Layout::kNhwc)),
            "v.pt: was traced with images in the order nchw");
}

TEST(CheckTraced, SaysNothingOfWhatAreNoSquareImages) {
  EXPECT_EQ(said({1, 3, 32, 64}, asking(16)), "nothing");
  EXPECT_EQ(said({1, 32, 64, 3}, asking(16)), "nothing");
  EXPECT_EQ(said({1, 1, 32, 32}, asking(16)), "nothing");
  EXPECT_EQ(said({1, 3072}, asking(16)), "nothing");
}

}  // namespace
}  // namespace cs::victim
