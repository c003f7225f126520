/// A procedural data set, `synth:shapes`: ten kinds of shape, for a first run without any data.
/// The kind of shape is the class; place, size, angle, colors, texture, clutter and noise vary
/// freely within it, so pixels alone say little about the class.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

namespace cs::source {

inline constexpr int kSynthSmallest = 8;
inline constexpr int kSynthLargest = 512;

/// The ten classes in name order; image i has class i % 10.
const std::vector<std::string>& synth_classes();

/// Image `index` of the set that `seed` names, size x size, 8-bit RGB. A pure function of its
/// arguments; at another size the same scene, drawn finer, under other noise.
cv::Mat draw_synth(std::uint64_t seed, std::uint64_t index, int size);

}  // namespace cs::source
