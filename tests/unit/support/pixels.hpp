/// Images for tests, as pixels, and whether two are the same.
#pragma once

#include <opencv2/core.hpp>

namespace cs::test {

/// RGB pixels drawn at random, the same in every call.
inline cv::Mat noise(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG(5).fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

inline bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

}  // namespace cs::test
