#include "augment/resample.hpp"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <vector>

#include "support/pixels.hpp"

namespace cs::augment {
namespace {

using cs::test::equal;
using cs::test::noise;

/// One row, gray.
cv::Mat row_of(const std::vector<int>& values) {
  cv::Mat row(1, static_cast<int>(values.size()), CV_8UC3);
  for (int x = 0; x < row.cols; ++x)
    row.at<cv::Vec3b>(0, x) =
        cv::Vec3b::all(static_cast<std::uint8_t>(values[static_cast<std::size_t>(x)]));
  return row;
}

cv::Mat whole(const cv::Mat& rgb, cv::Size size) {
  return resample(rgb, {{0, 0}, rgb.size()}, size);
}

TEST(Resample, TheSameSizeIsACopy) {
  const cv::Mat image = noise(19, 7);
  const cv::Mat copy = whole(image, image.size());
  EXPECT_TRUE(equal(copy, image));
  EXPECT_NE(copy.data, image.data);
}

TEST(Resample, GrowingInterpolatesBetweenCenters) {
  EXPECT_TRUE(equal(whole(row_of({0, 100}), {4, 1}), row_of({0, 25, 75, 100})));
  EXPECT_TRUE(equal(whole(row_of({7}), {3, 2}), cv::Mat(2, 3, CV_8UC3, cv::Scalar::all(7))));
}

TEST(Resample, ShrinkingWeighsEveryPixelByATriangle) {
  // To one pixel from four: weights 5, 7, 7, 5 of 24; to two: 1, 3, 3 of 7 and 3, 3, 1 of 7.
  EXPECT_TRUE(equal(whole(row_of({0, 0, 0, 200}), {1, 1}), row_of({42})));
  EXPECT_TRUE(equal(whole(row_of({0, 200, 0, 0}), {1, 1}), row_of({58})));
  EXPECT_TRUE(equal(whole(row_of({0, 70, 0, 0}), {2, 1}), row_of({30, 10})));
}

TEST(Resample, ColumnsAreTreatedAsRows) {
  const cv::Mat image = noise(41, 23);
  for (const cv::Size size : {cv::Size(60, 9), {9, 60}, {50, 50}, {11, 12}}) {
    const cv::Mat turned = whole(image.t(), {size.height, size.width});
    // Rows are rounded before columns, so the order of axes can be seen by one level.
    EXPECT_LE(cv::norm(whole(image, size), turned.t(), cv::NORM_INF), 1) << size;
  }
}

TEST(Resample, ACropSeesNothingOutside) {
  const cv::Mat image = noise(40, 30);
  const cv::Rect crop(5, 3, 17, 21);
  for (const cv::Size size : {cv::Size(32, 32), {8, 8}, {17, 40}, {40, 5}})
    EXPECT_TRUE(equal(resample(image, crop, size), whole(image(crop).clone(), size))) << size;
}

TEST(Resample, WhiteStaysWhiteAtAnySize) {
  for (int from = 1; from < 40; ++from)
    for (int to = 1; to < 40; ++to) {
      const cv::Mat white(from, 41 - from, CV_8UC3, cv::Scalar::all(255));
      ASSERT_TRUE(
          equal(whole(white, {to, 40 - to}), cv::Mat(40 - to, to, CV_8UC3, cv::Scalar::all(255))))
          << from << " to " << to;
    }
}

TEST(Resample, EveryProcessorGivesTheSamePixels) {
  if (best_vectors() == Vectors::kAny) GTEST_SKIP() << "this processor has no wider vectors";
  const cv::Mat image = noise(97, 61);
  for (const cv::Rect& crop : {cv::Rect(0, 0, 97, 61), cv::Rect(3, 5, 20, 50)})
    for (const cv::Size size : {cv::Size(32, 32), {224, 224}, {7, 100}, {1, 1}})
      EXPECT_TRUE(equal(resample(image, crop, size, Vectors::kAny),
                        resample(image, crop, size, Vectors::kAvx2)))
          << crop << " to " << size;
}

}  // namespace
}  // namespace cs::augment
