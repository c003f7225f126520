#include "codec/orientation.hpp"

#include <cstdint>
#include <opencv2/core.hpp>

#include "codec/image_bytes.hpp"
#include "core/error.hpp"

namespace cs::codec {
namespace {

constexpr std::string_view kPrefix("Exif\0\0", 6);
constexpr std::uint64_t kOrientationTag = 0x0112;
constexpr std::uint64_t kShort = 3;

}  // namespace

int exif_orientation(std::string_view exif) {
  if (exif.substr(0, kPrefix.size()) == kPrefix) exif.remove_prefix(kPrefix.size());
  const bool little = exif.substr(0, 4) == std::string_view("II*\0", 4);
  if (!little && exif.substr(0, 4) != std::string_view("MM\0*", 4)) return 1;
  const ImageBytes tiff("EXIF", exif);
  const auto number = [&](std::uint64_t at, std::uint64_t length) {
    return little ? tiff.little_endian(at, length) : tiff.big_endian(at, length);
  };
  try {
    const std::uint64_t directory = number(4, 4);
    const std::uint64_t entries = number(directory, 2);
    for (std::uint64_t i = 0; i < entries; ++i) {
      const std::uint64_t entry = directory + 2 + 12 * i;
      if (number(entry, 2) != kOrientationTag || number(entry + 2, 2) != kShort) continue;
      const std::uint64_t orientation = number(entry + 8, 2);
      return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
    }
  } catch (const DataError&) {  // damaged
  }
  return 1;
}

cv::Mat turn_upright(const cv::Mat& image, int orientation) {
  constexpr int kRows = 0;  // what cv::flip() reverses
  constexpr int kColumns = 1;
  constexpr int kBoth = -1;
  cv::Mat upright = image;
  if (orientation >= 5) cv::transpose(image, upright);
  cv::Mat turned;
  switch (orientation) {
    case 2:
    case 6:
      cv::flip(upright, turned, kColumns);
      return turned;
    case 3:
    case 7:
      cv::flip(upright, turned, kBoth);
      return turned;
    case 4:
    case 8:
      cv::flip(upright, turned, kRows);
      return turned;
    default:  // 1, and 5, which is transposed only
      return upright;
  }
}

}  // namespace cs::codec
