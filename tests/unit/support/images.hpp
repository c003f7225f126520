/// Encoded images for tests, and what their damage must give.
#pragma once

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace cs::test {

/// An image of one color (given as R, G, B) in the format that `extension` names.
inline std::string encoded_image(const std::string& extension, int width, int height,
                                 cv::Scalar rgb, const std::vector<int>& parameters = {}) {
  std::vector<unsigned char> bytes;
  const cv::Mat bgr(height, width, CV_8UC3, cv::Scalar(rgb[2], rgb[1], rgb[0]));
  EXPECT_TRUE(cv::imencode(extension, bgr, bytes, parameters));
  return {bytes.begin(), bytes.end()};
}

/// Expects a DataError that says `text`.
template <typename Action>
void expect_data_error(const std::string& text, const Action& action) {
  try {
    action();
    FAIL() << "nothing was thrown; wanted: " << text;
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  }
}

}  // namespace cs::test
