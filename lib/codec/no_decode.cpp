// Stands in for decode.cpp in a build with CS_IMAGE_FILES=OFF, for machines that train on raw
// shards and have neither imgcodecs nor libarchive.

#include <opencv2/core/mat.hpp>

#include "codec/decode.hpp"
#include "core/error.hpp"

namespace cs::codec {

cv::Mat decode(std::string_view subject, std::string_view /*bytes*/) {
  throw Error(subject,
              "this build reads no image files; configure it with -DCS_IMAGE_FILES=ON, or sample "
              "with cs-sample --size");
}

}  // namespace cs::codec
