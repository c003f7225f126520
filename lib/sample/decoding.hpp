/// Reads and decodes many items of a source with several threads.
#pragma once

#include <cstddef>
#include <functional>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "source/source.hpp"

namespace cs::sample {

struct Decoded {
  std::size_t index = 0;   ///< in the source
  std::string_view bytes;  ///< as read() delivered them; valid during the call only
  cv::Mat image;
  std::string problem;  ///< why it could not be decoded; empty if it was
};

struct Decoding {
  int size = 0;     ///< take augment::central_square(); 0 = the image as it is
  int threads = 1;  ///< that decode; 1 = the caller's own
};

/// Calls `take` with each of `wanted` (indices of `source`), in that order, from the calling
/// thread. Memory is bounded by two blocks of 256 KiB read, or one item, and their images, for each
/// thread.
void decode_each(const source::Source& source, const std::vector<std::size_t>& wanted,
                 const Decoding& decoding, const std::function<void(const Decoded&)>& take);

}  // namespace cs::sample
