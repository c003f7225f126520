#include "augment/geometry.hpp"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "support/pixels.hpp"

namespace cs::augment {
namespace {

using cs::test::equal;

/// The pixel at (x, y) is (x, y, 200).
cv::Mat map_of_places(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      image.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 200};
  return image;
}

cv::Vec3b at(const cv::Mat& image, int x, int y) { return image.at<cv::Vec3b>(y, x); }

const cv::Vec3b kBlack(0, 0, 0);
const cv::Vec3b kGray(125, 123, 114);

TEST(Geometry, NoMovementIsTheImageItself) {
  const cv::Mat image = map_of_places(9, 7);
  for (const cv::Mat& same : {transform(image, {}), rotate(image, 0), shear_x(image, 0),
                              shear_y(image, 0), translate(image, 0, 0)})
    EXPECT_TRUE(equal(same, image));
}

TEST(Geometry, TranslationTakesTheNearestPixelAndFillsWithBlack) {
  const cv::Mat moved = translate(map_of_places(8, 8), 2.4, -3);
  EXPECT_EQ(at(moved, 0, 3), cv::Vec3b(2, 0, 200));
  EXPECT_EQ(at(moved, 5, 7), cv::Vec3b(7, 4, 200));
  EXPECT_EQ(at(moved, 6, 7), kBlack);
  EXPECT_EQ(at(moved, 0, 2), kBlack);
}

TEST(Geometry, ATranslationJustShortOfHalfAPixelRoundsDown) {
  // PIL does not translate in fixed point, in which this would be half a pixel.
  EXPECT_EQ(at(translate(map_of_places(8, 8), 2.4999999, 0), 0, 0), cv::Vec3b(2, 0, 200));
  EXPECT_EQ(at(translate(map_of_places(8, 8), 2.5, 0), 0, 0), cv::Vec3b(3, 0, 200));
}

TEST(Geometry, AMovementOutOfTheImageLeavesBlack) {
  const cv::Mat image = map_of_places(8, 8);
  EXPECT_EQ(cv::countNonZero(translate(image, 9, 0).reshape(1)), 0);
  EXPECT_EQ(cv::countNonZero(translate(image, 0, -1e6).reshape(1)), 0);
}

TEST(Geometry, AQuarterTurnIsCounterclockwise) {
  const cv::Mat turned = rotate(map_of_places(8, 8), 90);
  EXPECT_EQ(at(turned, 0, 0), cv::Vec3b(7, 0, 200));
  EXPECT_EQ(at(turned, 0, 7), cv::Vec3b(0, 0, 200));
}

TEST(Geometry, AShearMovesEachRowByItsHeight) {
  const cv::Mat sheared = shear_x(map_of_places(16, 16), 0.5);
  EXPECT_EQ(at(sheared, 0, 0), cv::Vec3b(0, 0, 200));
  EXPECT_EQ(at(sheared, 0, 8), cv::Vec3b(4, 8, 200));
  EXPECT_EQ(at(sheared, 15, 8), kBlack);
  EXPECT_EQ(at(shear_y(map_of_places(16, 16), 0.5), 8, 0), cv::Vec3b(8, 4, 200));
}

TEST(Geometry, CutoutCoversOneMoreThanItsSideAndIsMovedInsideTheTopAndLeft) {
  const cv::Mat image = map_of_places(16, 16);
  const cv::Mat inside = cutout(image, 8, 8, 4);
  EXPECT_EQ(at(inside, 6, 6), kGray);
  EXPECT_EQ(at(inside, 10, 10), kGray);
  EXPECT_EQ(at(inside, 11, 10), at(image, 11, 10));
  EXPECT_EQ(at(inside, 5, 6), at(image, 5, 6));
  EXPECT_EQ(at(cutout(image, 0, 0, 4), 4, 4), kGray);
  EXPECT_EQ(at(cutout(image, 15.9, 15.9, 4), 15, 15), kGray);
  EXPECT_TRUE(equal(image, map_of_places(16, 16)));
}

TEST(Geometry, APartOfALargerImageIsAnImage) {
  const cv::Mat large = map_of_places(20, 20);
  const cv::Mat part = large(cv::Rect(3, 4, 9, 8));
  EXPECT_TRUE(equal(rotate(part, 20), rotate(part.clone(), 20)));
  EXPECT_TRUE(rotate(part, 20).isContinuous());
}

}  // namespace
}  // namespace cs::augment
