#include "codec/decode.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "codec/header.hpp"
#include "codec/jpeg.hpp"
#include "codec/orientation.hpp"
#include "codec/png.hpp"
#include "codec/tiff.hpp"
#include "codec/uncompressed.hpp"
#include "core/error.hpp"

namespace cs::codec {
namespace {

/// Throws std::bad_alloc unless `bytes` can be had; takes none of them.
void require_room(std::size_t bytes) {
  const std::unique_ptr<char[]> room(new char[bytes]);  // NOLINT(modernize-avoid-c-arrays)
}

/// To be called before anything is decoded or encoded. OpenCV logs to stderr, which is not ours to
/// write to; what matters comes back as a failure. When first used it starts other libraries, some
/// of which crash where memory is short.
void start_opencv() {
  static const bool started = [] {
    constexpr std::size_t kRoom = std::size_t{48} << 20U;
    require_room(kRoom);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    return cv::haveImageWriter(".png");
  }();
  static_cast<void>(started);
}

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

/// The only format that OpenCV decodes here: with the others it prints to stderr, or gives pixels
/// that it made up for damaged data.
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
  } catch (const DataError&) {
    // Decoders do not tell damage from want of memory, which is no fault of the image.
    require_room(8 * std::size_t{header.width} * header.height + (std::size_t{4} << 20U));
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
