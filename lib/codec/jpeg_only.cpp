// Stands in for decode.cpp in a build with CS_IMAGE_FILES=OFF, for machines that train on shards
// and have neither imgcodecs nor libarchive: of the files that shards keep it reads JPEG alone.

#include <opencv2/core/mat.hpp>

#include "codec/decode.hpp"
#include "codec/jpeg.hpp"
#include "codec/orientation.hpp"
#include "core/error.hpp"
#include "formats/file_kind.hpp"

namespace cs::codec {

cv::Mat decode(std::string_view subject, std::string_view bytes) {
  if (formats::kind_of(bytes.substr(0, formats::kHeadBytes), {}) != formats::FileKind::kJpeg)
    throw Error(subject,
                "of image files this build reads JPEG alone; configure it with "
                "-DCS_IMAGE_FILES=ON, or let cs-sample make them one size");
  const Header header = jpeg_header(ImageBytes(subject, bytes));
  check_header(subject, header);
  return turn_upright(decode_jpeg(subject, bytes), header.orientation);
}

}  // namespace cs::codec
