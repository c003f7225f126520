/// Reads and decodes many items of a source with several threads.
#pragma once

#include <cstddef>
#include <functional>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "image/source.hpp"

namespace cs::image {

/// The central square of `rgb`, scaled to size x size (bilinear, area when shrinking).
cv::Mat square(const cv::Mat& rgb, int size);

struct Decoded {
  std::size_t index = 0;  ///< in the source
  std::string bytes;      ///< as read() delivered them
  cv::Mat image;
  std::string problem;  ///< why it could not be decoded; empty if it was
};

struct Decoding {
  int size = 0;     ///< scale the central square to size x size; 0 = keep the size
  int threads = 1;  ///< that decode
};

/// Calls `take` with each of `wanted` (indices of `source`), in that order, from the calling
/// thread. Memory is bounded by two blocks of 8 MiB read and their images.
void decode_each(const Source& source, const std::vector<std::size_t>& wanted,
                 const Decoding& decoding, const std::function<void(Decoded&)>& take);

}  // namespace cs::image
