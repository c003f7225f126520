#include "codec/decode.hpp"

#include <algorithm>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "codec/header.hpp"
#include "core/error.hpp"

namespace cs::codec {
namespace {

/// OpenCV logs to stderr, which is not ours to write to; what matters comes back as a failure.
void silence_opencv() {
  static const auto before = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  static_cast<void>(before);
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

cv::Mat decode_bgr(std::string_view bytes) {
  // Only read from: imdecode() takes its input as a matrix, which has no const form.
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1,
                        const_cast<char*>(bytes.data()));
  try {
    return cv::imdecode(encoded, cv::IMREAD_COLOR);
  } catch (const cv::Exception&) {
    return {};
  }
}

std::string encode(const cv::Mat& rgb, const char* extension, const std::vector<int>& parameters) {
  silence_opencv();
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  if (!cv::imencode(extension, bgr, bytes, parameters))
    throw Error(std::string("an image cannot be encoded as ") + extension);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

cv::Mat decode(std::string_view subject, std::string_view bytes) {
  silence_opencv();
  constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
  if (bytes.size() > kMostBytes) throw DataError(subject, "over 1 GiB for one image; remove it");
  const Header header = read_header(subject, bytes);
  check_header(subject, header);
  const std::string essentials = header.format == Format::kPng ? png_essentials(bytes) : "";
  const cv::Mat bgr = decode_bgr(essentials.empty() ? bytes : essentials);
  if (bgr.empty())
    throw DataError(subject, "the image cannot be decoded; fetch the file again or remove it");
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return rgb;
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
