/// Color operations on one image held as three planes of floats, so that several operations run
/// on one copy and every inner loop is plain arithmetic that compilers vectorize. Values stay whole
/// numbers 0 to 255: each operation rounds exactly where PIL does.
#pragma once

#include <array>
#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <vector>

namespace cs::augment {

class Planes {
 public:
  /// Takes the pixels of `rgb` (CV_8UC3); memory of an earlier image is used again.
  void load(const cv::Mat& rgb);
  /// Writes the pixels back to `rgb`, of the size that was loaded.
  void store(cv::Mat& rgb) const;

  void brightness(double factor);  ///< factor 0 is black, 1 the image itself
  void contrast(double factor);    ///< factor 0 is the mean gray, 1 the image itself
  void saturation(double factor);  ///< factor 0 is gray, 1 the image itself
  void hue(double turn);           ///< turns the hue by -0.5 to 0.5 of the circle
  void gray();                     ///< three equal planes of ITU-R 601 luma

 private:
  float* plane(int channel) { return planes_[static_cast<std::size_t>(channel)].data(); }

  std::array<std::vector<float>, 3> planes_;
  std::size_t pixels_ = 0;
};

}  // namespace cs::augment
