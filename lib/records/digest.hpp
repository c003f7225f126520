/// The name of an image by its content.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>

#include "core/hash.hpp"

namespace cs::records {

/// The key of an image: xxh3-128 of height, width and 3 (u32 each) and the pixels, RGB by rows.
/// `scratch` is reused between calls.
Digest image_digest(std::uint32_t height, std::uint32_t width, const void* pixels,
                    std::string& scratch);

/// The same of an image that lies in one piece.
Digest image_digest(const cv::Mat& rgb);

}  // namespace cs::records
