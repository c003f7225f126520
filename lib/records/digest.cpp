#include "records/digest.hpp"

#include "store/bytes.hpp"

namespace cs::records {

Digest image_digest(std::uint32_t height, std::uint32_t width, const void* pixels,
                    std::string& scratch) {
  scratch.clear();
  for (const std::uint32_t extent : {height, width, std::uint32_t{3}}) store::put(scratch, extent);
  scratch.append(static_cast<const char*>(pixels), std::size_t{height} * width * 3);
  return digest(scratch);
}

Digest image_digest(const cv::Mat& rgb) {
  std::string scratch;
  return image_digest(static_cast<std::uint32_t>(rgb.rows), static_cast<std::uint32_t>(rgb.cols),
                      rgb.data, scratch);
}

}  // namespace cs::records
