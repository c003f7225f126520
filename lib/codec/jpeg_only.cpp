// Stands in for decode.cpp in a build with CS_IMAGE_FILES=OFF, for machines that train on shards
// and have neither imgcodecs nor libarchive: of the files that shards keep it reads JPEG alone.

#include <opencv2/core/mat.hpp>

#include "codec/decode.hpp"
#include "codec/header.hpp"
#include "codec/jpeg.hpp"
#include "codec/orientation.hpp"
#include "core/error.hpp"

namespace cs::codec {

cv::Mat decode(std::string_view subject, std::string_view bytes) {
  const Header header = read_header(subject, bytes);
  if (header.format != Format::kJpeg)
    throw Error(subject,
                "of image files this build reads JPEG alone; configure it with "
                "-DCS_IMAGE_FILES=ON, or let cs-sample make them one size");
  return turn_upright(decode_jpeg(subject, bytes), header.orientation);
}

}  // namespace cs::codec
