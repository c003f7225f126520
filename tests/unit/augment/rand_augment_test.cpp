#include "augment/rand_augment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "augment/geometry.hpp"
#include "augment/tone.hpp"
#include "support/pixels.hpp"

namespace cs::augment {
namespace {

using cs::test::equal;

/// Colors that run from dark to bright, without any black.
cv::Mat bright_and_dark(int size) {
  cv::Mat image(size, size, CV_8UC3);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      image.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<std::uint8_t>(20 + 200 * x / size),
                                            static_cast<std::uint8_t>(20 + 200 * y / size),
                                            static_cast<std::uint8_t>(220 - 200 * x / size));
  return image;
}

double deviation(const cv::Mat& image) {
  cv::Scalar mean, deviation;
  cv::meanStdDev(image.reshape(1), mean, deviation);
  return deviation[0];
}

Random random_draws(std::uint64_t record) { return {3, Purpose::kView, record}; }

TEST(RandAugment, NoOperationEmptiesASmallImage) {
  const cv::Mat image = bright_and_dark(32);
  double least = 255;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random random = random_draws(i);
    least = std::min(least, deviation(rand_augment(image, 1, 14, random)));
  }
  EXPECT_GT(least, 25);  // that of the image is 61
}

TEST(RandAugment, OnlyOnePairOfOperationsEmptiesASmallImage) {
  // One of the two that solarize, then posterize to one bit: 2 of 256 pairs, here as in the
  // original at any size.
  const cv::Mat image = bright_and_dark(32);
  int empty = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    Random random = random_draws(i);
    if (deviation(rand_augment(image, 2, 14, random)) < 15) ++empty;
  }
  EXPECT_NEAR(empty, 20000 * 2 / 256, 50);  // four standard deviations
}

TEST(RandAugment, OneOperationLeavesMostOfASmallImageInPlace) {
  const cv::Mat image = bright_and_dark(32);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random random = random_draws(i);
    std::vector<cv::Mat> planes;
    cv::split(rand_augment(image, 1, 14, random), planes);
    const int black = 32 * 32 - cv::countNonZero(planes[0] | planes[1] | planes[2]);
    EXPECT_LE(black, 7 * 32) << i;  // a translation by 6.7 of 32 pixels
  }
}

TEST(RandAugment, DrawsEveryOperationAndBothDirections) {
  const cv::Mat image = bright_and_dark(224);
  const std::vector<cv::Mat> expected = {auto_contrast(image),
                                         equalize(image),
                                         invert(image),
                                         rotate(image, 14),
                                         rotate(image, -14),
                                         posterize(image, 1),
                                         solarize(image, 119.46667),
                                         solarize_add(image, 51),
                                         adjust_sharpness(image, 0.94),
                                         shear_x(image, 0.14),
                                         shear_x(image, -0.14),
                                         shear_y(image, 0.14),
                                         shear_y(image, -0.14),
                                         translate(image, 46.6667, 0),
                                         translate(image, -46.6667, 0),
                                         translate(image, 0, 46.6667),
                                         translate(image, 0, -46.6667)};
  std::vector<bool> seen(expected.size());
  for (std::uint64_t i = 0; i < 400; ++i) {
    Random random = random_draws(i);
    const cv::Mat view = rand_augment(image, 1, 14, random);
    for (std::size_t e = 0; e < expected.size(); ++e)
      if (equal(view, expected[e])) seen[e] = true;
  }
  for (std::size_t e = 0; e < expected.size(); ++e) EXPECT_TRUE(seen[e]) << e;
}

TEST(RandAugment, TheGraySquareScalesWithTheShorterSide) {
  const cv::Mat white(32, 96, CV_8UC3, cv::Scalar(255, 255, 255));
  int whole = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    Random random = random_draws(i);
    cv::Mat gray;
    cv::inRange(rand_augment(white, 1, 14, random), cv::Scalar(125, 123, 114),
                cv::Scalar(125, 123, 114), gray);
    const cv::Rect square = cv::boundingRect(gray);
    EXPECT_LE(std::max(square.width, square.height), 3);  // 40 x 14 / 30 x 32 / 224, and its edge
    whole += square.width == 3 && square.height == 3 ? 1 : 0;
  }
  EXPECT_GE(whole, 10);
}

TEST(RandAugment, NoOperationIsACopy) {
  cv::Mat image = bright_and_dark(8);
  Random random = random_draws(0);
  const cv::Mat copy = rand_augment(image, 0, 14, random);
  EXPECT_TRUE(equal(copy, image));
  image.setTo(0);
  EXPECT_FALSE(equal(copy, image));
}

}  // namespace
}  // namespace cs::augment
