#include "augment/tone.hpp"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <vector>

namespace cs::augment {
namespace {

/// One row of gray pixels.
cv::Mat row(const std::vector<int>& values) {
  cv::Mat image(1, static_cast<int>(values.size()), CV_8UC3);
  for (int x = 0; x < image.cols; ++x)
    image.at<cv::Vec3b>(0, x) =
        cv::Vec3b::all(static_cast<std::uint8_t>(values[static_cast<std::size_t>(x)]));
  return image;
}

std::vector<int> reds(const cv::Mat& image) {
  std::vector<int> values;
  for (int x = 0; x < image.cols; ++x) values.push_back(image.at<cv::Vec3b>(0, x)[0]);
  return values;
}

using Values = std::vector<int>;

TEST(Tone, AutoContrastStretchesToTheWholeRange) {
  EXPECT_EQ(reds(auto_contrast(row({100, 110, 151}))), Values({0, 50, 255}));
  EXPECT_EQ(reds(auto_contrast(row({7, 7, 7}))), Values({7, 7, 7}));
}

TEST(Tone, EachChannelIsStretchedForItself) {
  cv::Mat image = row({10, 20});
  image.at<cv::Vec3b>(0, 0)[2] = 20;
  EXPECT_EQ(auto_contrast(image).at<cv::Vec3b>(0, 0), cv::Vec3b(0, 0, 20));
}

TEST(Tone, EqualizeLevelsAnEvenHistogramAndLeavesAFlatImage) {
  Values even, shifted;
  for (int i = 0; i < 512; ++i) even.push_back(i / 2);
  EXPECT_EQ(reds(equalize(row(even))), even);
  EXPECT_EQ(reds(equalize(row(Values(600, 9)))), Values(600, 9));
  for (int i = 0; i < 512; ++i) shifted.push_back(i / 4);
  const Values leveled = reds(equalize(row(shifted)));
  EXPECT_EQ(leveled[4 * 50], 200);
  EXPECT_EQ(leveled.back(), 255);  // 508, clipped
}

TEST(Tone, PointOperationsHaveTheirDefinitions) {
  EXPECT_EQ(reds(invert(row({0, 1, 255}))), Values({255, 254, 0}));
  EXPECT_EQ(reds(posterize(row({127, 128, 255}), 1)), Values({0, 128, 128}));
  EXPECT_EQ(reds(posterize(row({127, 128, 255}), 0)), Values({0, 0, 0}));
  EXPECT_EQ(reds(posterize(row({127, 128, 255}), 8)), Values({127, 128, 255}));
  EXPECT_EQ(reds(solarize(row({119, 120, 255}), 119.5)), Values({119, 135, 0}));
  EXPECT_EQ(reds(solarize(row({0, 255}), 256)), Values({0, 255}));
  EXPECT_EQ(reds(solarize_add(row({0, 77, 250}), 51.3)), Values({51, 127, 0}));
}

TEST(Tone, SharpnessWeighsAgainstTheNeighborhoodAndKeepsTheEdge) {
  cv::Mat image(5, 5, CV_8UC3, cv::Scalar::all(100));
  image.at<cv::Vec3b>(2, 2) = cv::Vec3b::all(126);
  const cv::Mat smooth = adjust_sharpness(image, 0);
  EXPECT_EQ(smooth.at<cv::Vec3b>(2, 2), cv::Vec3b::all(110));  // 100 + 26 * 5 / 13
  EXPECT_EQ(smooth.at<cv::Vec3b>(1, 1), cv::Vec3b::all(102));
  EXPECT_EQ(smooth.at<cv::Vec3b>(0, 0), cv::Vec3b::all(100));
  EXPECT_EQ(adjust_sharpness(image, 1.5).at<cv::Vec3b>(2, 2), cv::Vec3b::all(134));
  EXPECT_EQ(cv::norm(adjust_sharpness(image, 1), image, cv::NORM_INF), 0);
  EXPECT_EQ(adjust_sharpness(row({1, 2}), 0).size(), cv::Size(2, 1));
}

}  // namespace
}  // namespace cs::augment
