#include <string>

#include "codec/header.hpp"
#include "core/error.hpp"

namespace cs::codec {

void check_header(std::string_view subject, const Header& header) {
  const std::string size = std::to_string(header.width) + " x " + std::to_string(header.height);
  if (header.width == 0 || header.height == 0)
    throw DataError(subject, "the image claims a size of " + size + "; remove it");
  if (header.width > kMostPixels || header.height > kMostPixels / header.width)
    throw DataError(subject,
                    "the image claims " + size + " pixels, over 64 Mi; shrink or remove it");
  if (header.bits > 8)
    throw DataError(subject, "the image has " + std::to_string(header.bits) +
                                 " bits per channel; convert it to 8");
}

}  // namespace cs::codec
