/// The images of `synth:shapes`.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

namespace cs::source {

inline constexpr int kSynthSmallest = 8;
inline constexpr int kSynthLargest = 512;

/// Image `index` of the set that `seed` names, size x size, 8-bit RGB; its shape is
/// kShapes[index % 10]. A pure function of its arguments; at another size the same scene, drawn
/// finer, under other noise.
cv::Mat draw_synth(std::uint64_t seed, std::uint64_t index, int size);

}  // namespace cs::source
