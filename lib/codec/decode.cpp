#include "codec/decode.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "codec/bmp.hpp"
#include "codec/header.hpp"
#include "codec/jpeg.hpp"
#include "codec/opencv.hpp"
#include "codec/orientation.hpp"
#include "codec/png.hpp"
#include "codec/pnm.hpp"
#include "codec/tiff.hpp"
#include "codec/webp.hpp"
#include "core/error.hpp"

namespace cs::codec {
namespace {

cv::Mat decode_pixels(std::string_view subject, std::string_view bytes, Format format) {
  switch (format) {
    case Format::kJpeg:
      return decode_jpeg(subject, bytes);
    case Format::kPng:
      return decode_png(subject, bytes);
    case Format::kBmp:
      return decode_bmp(subject, bytes);
    case Format::kPnm:
      return decode_pnm(subject, bytes);
    case Format::kTiff:
      return decode_tiff(subject, bytes);
    case Format::kWebp:
      return decode_webp(subject, bytes);
  }
  throw Error(subject, "an unknown format");
}

std::string encode(const cv::Mat& rgb, const char* extension, const std::vector<int>& parameters) {
  start_opencv();
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  if (!cv::imencode(extension, bgr, bytes, parameters))
    throw Error(std::string("an image cannot be encoded as ") + extension);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

cv::Mat decode(std::string_view subject, std::string_view bytes) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
  if (bytes.size() > kMostBytes) throw DataError(subject, "over 1 GiB for one image; remove it");
  const Header header = read_header(subject, bytes);
  check_header(subject, header);
  try {
    return turn_upright(decode_pixels(subject, bytes, header.format), header.orientation);
  } catch (const cv::Exception& e) {
    if (e.code == cv::Error::StsNoMem) throw std::bad_alloc();
    throw;
  } catch (const DataError&) {
    // Decoders do not tell damage from want of memory, which is no fault of the image.
    require_room(3 * header.width * header.height + (std::size_t{16} << 20U));
    throw;
  }
}

std::string encode_png(const cv::Mat& rgb) { return encode(rgb, ".png", {}); }

std::string encode_jpeg(std::string_view subject, const cv::Mat& rgb, int quality) {
  if (std::max(rgb.rows, rgb.cols) > kMostJpegSide)
    throw DataError(subject, "the image has " + std::to_string(rgb.cols) + " x " +
                                 std::to_string(rgb.rows) +
                                 " pixels, over the 65,500 a side of a JPEG; make it a PNG");
  return encode(rgb, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

}  // namespace cs::codec
