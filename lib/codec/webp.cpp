#include "codec/webp.hpp"

#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "codec/opencv.hpp"
#include "codec/orientation.hpp"
#include "core/error.hpp"

namespace cs::codec {
namespace {

/// What the chunks of an extended WebP image say.
void read_webp_extras(const ImageBytes& webp, Header& header) {
  constexpr std::uint64_t kAnimated = 2;
  if ((webp.little_endian(20, 1) & kAnimated) != 0) webp.unsupported("an animated WebP image");
  const std::uint64_t end = webp.little_endian(4, 4) + 8;
  for (std::uint64_t at = 12; at + 8 <= end;) {
    const std::uint64_t length = webp.little_endian(at + 4, 4);
    if (webp.at(at, 4) == "EXIF") header.orientation = exif_orientation(webp.at(at + 8, length));
    at += 8 + length + length % 2;
  }
}

}  // namespace

Header webp_header(const ImageBytes& webp) {
  if (webp.little_endian(4, 4) + 8 > webp.size()) webp.damaged("the WebP image is cut short");
  const std::string_view kind = webp.at(12, 4);
  Header header{Format::kWebp};
  if (kind == "VP8 ") {
    header.width = webp.little_endian(26, 2) & 0x3FFFU;
    header.height = webp.little_endian(28, 2) & 0x3FFFU;
  } else if (kind == "VP8L") {
    const std::uint64_t packed = webp.little_endian(21, 4);
    header.width = (packed & 0x3FFFU) + 1;
    header.height = (packed >> 14U & 0x3FFFU) + 1;
  } else if (kind == "VP8X") {
    header.width = webp.little_endian(24, 3) + 1;
    header.height = webp.little_endian(27, 3) + 1;
  } else {
    webp.damaged("the WebP image begins with an unknown chunk");
  }
  if (kind == "VP8X") read_webp_extras(webp, header);
  return header;
}

// The only format that OpenCV decodes here: with the others it prints to stderr, or gives pixels
// that it made up for damaged data.
cv::Mat decode_webp(std::string_view subject, std::string_view bytes) {
  start_opencv();
  // Only read from: imdecode() takes its input as a matrix, which has no const form.
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1,
                        const_cast<char*>(bytes.data()));
  cv::Mat bgr;
  try {
    bgr = cv::imdecode(encoded, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception&) {  // as good as an empty image
  }
  if (bgr.empty())
    throw DataError(subject, "the image cannot be decoded; fetch the file again or remove it");
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return rgb;
}

}  // namespace cs::codec
