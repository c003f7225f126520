#include "victim/traced.hpp"

#include <cstdint>
#include <optional>

#include "core/error.hpp"
#include "formats/traced_inputs.hpp"

namespace cs::victim {
namespace {

struct TracedImages {
  std::int64_t side;
  Layout layout;
};

/// Nothing if the shape is not that of square images of three channels.
std::optional<TracedImages> traced_images(std::string_view bytes) {
  const auto shape = formats::traced_shape(bytes);
  if (!shape || shape->size() != 4) return std::nullopt;
  const bool first = shape->at(1) == 3;
  const std::int64_t height = shape->at(first ? 2 : 1);
  const std::int64_t width = shape->at(first ? 3 : 2);
  if (height != width || (!first && shape->at(3) != 3)) return std::nullopt;
  return TracedImages{height, first ? Layout::kNchw : Layout::kNhwc};
}

}  // namespace

void check_traced(const std::string& path, std::string_view bytes, const VictimOptions& options) {
  const auto traced = traced_images(bytes);
  if (!traced) return;
  const auto remark = [&](const std::string& what) {
    if (options.remark) options.remark(path + ": was traced with " + what);
  };
  const std::string side = std::to_string(traced->side);
  const std::int64_t asked = options.input_size.value_or(options.image_size);
  if (asked == 0)
    throw UsageError(path,
                     "was traced with images of " + side + " pixels; pass `input-size` " + side);
  if (asked != traced->side) {
    const std::string other = std::to_string(asked);
    if (!options.input_size)
      throw UsageError(path, "was traced with images of " + side + " pixels, these are of " +
                                 other + "; pass `input-size` " + side + ", or " + other +
                                 " if that is meant");
    remark("images of " + side + " pixels, and is asked about " + other);
  }
  if (traced->layout != options.layout.value_or(Layout::kNchw)) {
    const std::string axes = kLayouts.print(traced->layout);
    if (!options.layout)
      throw UsageError(path, "was traced with images in another order of axes; pass `layout` " +
                                 axes + ", or " + kLayouts.print(Layout::kNchw) +
                                 " if that is meant");
    remark("images in the order " + axes);
  }
}

}  // namespace cs::victim
