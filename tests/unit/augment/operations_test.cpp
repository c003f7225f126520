#include "augment/operations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <set>

#include "support/pixels.hpp"

namespace cs::augment {
namespace {

using cs::test::equal;

cv::Mat pixel(int r, int g, int b) { return {1, 1, CV_8UC3, cv::Scalar(r, g, b)}; }

cv::Vec3b only_pixel(const cv::Mat& rgb) { return rgb.at<cv::Vec3b>(0, 0); }

/// A 1-row image whose red channel counts from `first`.
cv::Mat counting_row(int width, int first) {
  cv::Mat row(1, width, CV_8UC3, cv::Scalar(0, 0, 0));
  for (int x = 0; x < width; ++x) row.at<cv::Vec3b>(0, x)[0] = static_cast<std::uint8_t>(first + x);
  return row;
}

Random random_of(std::uint64_t record) { return {7, Purpose::kView, record}; }

TEST(Operations, BrightnessTruncatesAndClips) {
  EXPECT_EQ(only_pixel(adjust_brightness(pixel(99, 200, 7), 1.5)), cv::Vec3b(148, 255, 10));
  EXPECT_EQ(only_pixel(adjust_brightness(pixel(99, 200, 7), 0)), cv::Vec3b(0, 0, 0));
}

TEST(Operations, ContrastTurnsAroundTheRoundedMeanGray) {
  cv::Mat image(1, 2, CV_8UC3);
  image.at<cv::Vec3b>(0, 0) = {0, 0, 0};
  image.at<cv::Vec3b>(0, 1) = {255, 255, 255};  // mean 127.5, rounded to 128
  const cv::Mat half = adjust_contrast(image, 0.5);
  EXPECT_EQ(half.at<cv::Vec3b>(0, 0), cv::Vec3b(64, 64, 64));
  EXPECT_EQ(half.at<cv::Vec3b>(0, 1), cv::Vec3b(191, 191, 191));
}

TEST(Operations, GrayIsPilsLuma) {
  // (19595 * 255 + 32768) >> 16, and so on for each primary
  EXPECT_EQ(only_pixel(to_gray(pixel(255, 0, 0))), cv::Vec3b(76, 76, 76));
  EXPECT_EQ(only_pixel(to_gray(pixel(0, 255, 0))), cv::Vec3b(150, 150, 150));
  EXPECT_EQ(only_pixel(to_gray(pixel(0, 0, 255))), cv::Vec3b(29, 29, 29));
  EXPECT_EQ(only_pixel(to_gray(pixel(255, 255, 255))), cv::Vec3b(255, 255, 255));
}

TEST(Operations, SaturationZeroIsGray) {
  const cv::Mat color = pixel(200, 30, 90);
  EXPECT_TRUE(equal(adjust_saturation(color, 0), to_gray(color)));
  EXPECT_TRUE(equal(adjust_saturation(color, 1), color));
}

TEST(Operations, HueTurnsRedToGreenAndBlueAndLeavesGrayAlone) {
  // a third of 255 steps on a circle of 256: as near as 8-bit HSV comes
  const cv::Vec3b green = only_pixel(adjust_hue(pixel(255, 0, 0), 1.0 / 3));
  EXPECT_LE(green[0], 1);
  EXPECT_EQ(green[1], 255);
  const cv::Vec3b blue = only_pixel(adjust_hue(pixel(255, 0, 0), -1.0 / 3));
  EXPECT_EQ(blue[2], 255);
  EXPECT_LE(blue[0], 8);
  EXPECT_EQ(only_pixel(adjust_hue(pixel(80, 80, 80), 0.3)), cv::Vec3b(80, 80, 80));
}

TEST(Operations, FlipMirrorsColumns) {
  cv::Mat mirrored = flip(counting_row(4, 10));
  EXPECT_EQ(mirrored.at<cv::Vec3b>(0, 0)[0], 13);
  EXPECT_EQ(mirrored.at<cv::Vec3b>(0, 3)[0], 10);
}

TEST(Operations, PadCropShiftsAndFillsWithBlack) {
  const cv::Mat row = counting_row(6, 10);
  EXPECT_TRUE(equal(pad_crop(row, 2, 2, 2), row));
  const cv::Mat shifted = pad_crop(row, 2, 0, 2);
  EXPECT_EQ(shifted.at<cv::Vec3b>(0, 1)[0], 0);
  EXPECT_EQ(shifted.at<cv::Vec3b>(0, 2)[0], 10);
  EXPECT_EQ(cv::countNonZero(pad_crop(row, 2, 2, 0).reshape(1)), 0);
}

TEST(Operations, CropWithoutResizingCopiesPixels) {
  cv::Mat row = counting_row(8, 50);
  const cv::Mat part = crop_resize(row, {3, 0, 4, 1}, {4, 1});
  row.setTo(0);
  EXPECT_EQ(part.at<cv::Vec3b>(0, 0)[0], 53);
  EXPECT_TRUE(part.isContinuous());
}

TEST(Operations, TheCentralSquareLeavesBothEndsOut) {
  const cv::Mat row = central_square(counting_row(7, 50), 1);
  EXPECT_EQ(row.at<cv::Vec3b>(0, 0)[0], 53);
  cv::Mat tall(5, 2, CV_8UC3, cv::Scalar::all(9));
  tall(cv::Rect(0, 1, 2, 2)).setTo(cv::Scalar::all(200));
  EXPECT_TRUE(equal(central_square(tall, 4), cv::Mat(4, 4, CV_8UC3, cv::Scalar::all(200))));
}

TEST(Operations, OneAxisMayShrinkWhileTheOtherGrows) {
  const cv::Mat result = resize(cv::Mat(8, 40, CV_8UC3, cv::Scalar(1, 2, 3)), {20, 20});
  EXPECT_TRUE(equal(result, cv::Mat(20, 20, CV_8UC3, cv::Scalar(1, 2, 3))));
}

TEST(Operations, RandomCropsStayInsideAndKeepScaleAndRatio) {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random random = random_of(i);
    const cv::Rect crop = random_resized_crop({100, 80}, {0.2, 1}, {0.75, 4.0 / 3}, random);
    EXPECT_EQ((crop & cv::Rect(0, 0, 100, 80)), crop);
    EXPECT_GE(crop.area(), 0.2 * 8000 * 0.95);
    const double ratio = static_cast<double>(crop.width) / crop.height;
    EXPECT_GT(ratio, 0.72);
    EXPECT_LT(ratio, 1.39);
  }
}

TEST(Operations, ACropThatNeverFitsIsTheLargestCenteredOne) {
  Random random = random_of(0);
  const cv::Rect wide = random_resized_crop({1000, 10}, {1, 1}, {0.75, 4.0 / 3}, random);
  EXPECT_EQ(wide, cv::Rect(493, 0, 13, 10));
  const cv::Rect tall = random_resized_crop({1, 1000}, {1, 1}, {0.75, 4.0 / 3}, random);
  EXPECT_EQ(tall, cv::Rect(0, 499, 1, 1));
}

TEST(Operations, JitterDrawsEveryOrderAndStaysInItsIntervals) {
  std::set<std::array<ColorStep, 4>> orders;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    Random random = random_of(i);
    ColorChange change;
    draw_jitter({0.4, 2.0, 0.1, 0.1}, change, random);
    orders.insert(change.order);
    EXPECT_LE(std::abs(change.brightness - 1), 0.4);
    EXPECT_GE(change.contrast, 0);
    EXPECT_LE(std::abs(change.hue), 0.1);
  }
  EXPECT_EQ(orders.size(), 24U);
}

TEST(Operations, AColorChangeEqualsItsStepsInOrder) {
  cv::Mat image(16, 16, CV_8UC3);
  cv::RNG noise(3);
  noise.fill(image, cv::RNG::UNIFORM, 0, 256);
  ColorChange change;
  change.jitter = true;
  change.order = {ColorStep::kHue, ColorStep::kContrast, ColorStep::kBrightness,
                  ColorStep::kSaturation};
  change.brightness = 1.2;
  change.contrast = 0.7;
  change.saturation = 1.3;
  change.hue = -0.08;
  cv::Mat expected = adjust_contrast(adjust_hue(image, -0.08), 0.7);
  expected = adjust_saturation(adjust_brightness(expected, 1.2), 1.3);
  change_color(image, change);
  EXPECT_TRUE(equal(image, expected));
}

}  // namespace
}  // namespace cs::augment
