#include "image/decoding.hpp"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/error.hpp"
#include "core/pipeline.hpp"
#include "core/stop.hpp"

namespace cs::image {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{8} << 20U;

class Decoder {
 public:
  Decoder(const Source& source, const Decoding& decoding, const std::function<void(Decoded&)>& take)
      : source_(source), decoding_(decoding), take_(take) {}

  void add(std::size_t index, std::string_view bytes) {
    block_.push_back({index, std::string(bytes)});
    block_bytes_ += bytes.size() + 1024;
    if (block_bytes_ > kBlockBytes) flush();
  }

  void flush() {
    Pipeline<Decoded> images(block_.size(), decoding_.threads > 1 ? decoding_.threads : 0,
                             [&](std::size_t i) { return decode(block_[i]); });
    for (Decoded decoded; images.next(decoded);) {
      check_stop();
      take_(decoded);
    }
    block_.clear();
    block_bytes_ = 0;
  }

 private:
  struct Encoded {
    std::size_t index;
    std::string bytes;
  };

  Decoded decode(Encoded& item) const {
    Decoded decoded{item.index, {}, {}, ""};
    try {
      decoded.image = source_.decode(item.index, item.bytes);
      if (decoding_.size > 0) decoded.image = square(decoded.image, decoding_.size);
    } catch (const DataError& e) {
      decoded.problem = e.what();
    }
    decoded.bytes = std::move(item.bytes);
    return decoded;
  }

  const Source& source_;
  const Decoding& decoding_;
  const std::function<void(Decoded&)>& take_;
  std::vector<Encoded> block_;
  std::size_t block_bytes_ = 0;
};

}  // namespace

cv::Mat square(const cv::Mat& rgb, int size) {
  const int side = std::min(rgb.rows, rgb.cols);
  const cv::Mat center = rgb(cv::Rect((rgb.cols - side) / 2, (rgb.rows - side) / 2, side, side));
  if (side == size) return center.clone();
  cv::Mat scaled;
  cv::resize(center, scaled, cv::Size(size, size), 0, 0,
             size < side ? cv::INTER_AREA : cv::INTER_LINEAR);
  return scaled;
}

void decode_each(const Source& source, const std::vector<std::size_t>& wanted,
                 const Decoding& decoding, const std::function<void(Decoded&)>& take) {
  Decoder decoder(source, decoding, take);
  source.read(wanted, [&](std::size_t position, std::string_view bytes) {
    decoder.add(wanted[position], bytes);
  });
  decoder.flush();
}

}  // namespace cs::image
