#include "codec/decode.hpp"

#include <cstddef>
#include <memory>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "codec/header.hpp"
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

}  // namespace

cv::Mat decode(std::string_view subject, std::string_view bytes) {
  start_opencv();
  constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
  if (bytes.size() > kMostBytes) throw DataError(subject, "over 1 GiB for one image; remove it");
  const Header header = read_header(subject, bytes);
  check_header(subject, header);
  const std::string essentials = header.format == Format::kPng ? png_essentials(bytes) : "";
  const cv::Mat bgr = decode_bgr(essentials.empty() ? bytes : essentials);
  if (bgr.empty()) {
    // Decoders do not tell damage from want of memory, which is no fault of the image.
    require_room(8 * std::size_t{header.width} * header.height + (std::size_t{4} << 20U));
    throw DataError(subject, "the image cannot be decoded; fetch the file again or remove it");
  }
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return rgb;
}

std::string encode_png(const cv::Mat& rgb) {
  start_opencv();
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  if (!cv::imencode(".png", bgr, bytes)) throw Error("PNG", "encoding failed");
  return {bytes.begin(), bytes.end()};
}

}  // namespace cs::codec
