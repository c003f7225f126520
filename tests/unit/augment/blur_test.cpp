#include "augment/blur.hpp"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "support/pixels.hpp"

namespace cs::augment {
namespace {

using cs::test::equal;
using cs::test::noise;

TEST(Blur, TorchvisionsBlurLeavesOutOfItsWindowOnlyWhatIsTooFarToCount) {
  cv::Mat edge(64, 64, CV_8UC3, cv::Scalar::all(0));
  edge(cv::Rect(32, 0, 32, 64)).setTo(cv::Scalar::all(255));
  for (const double sigma : {0.1, 0.4, 1.0, 2.0}) {
    cv::Mat whole;
    cv::GaussianBlur(edge, whole, {31, 31}, sigma, sigma, cv::BORDER_REFLECT_101);
    EXPECT_LE(cv::norm(gaussian_blur(edge, 31, sigma), whole, cv::NORM_INF), 1) << sigma;
  }
}

TEST(Blur, APartOfAnImageDoesNotSeePixelsOutsideIt) {
  cv::Mat large(9, 18, CV_8UC3, cv::Scalar(255, 255, 255));
  large(cv::Rect(0, 0, 9, 9)).setTo(cv::Scalar(10, 20, 30));
  const cv::Mat part = large(cv::Rect(0, 0, 9, 9));
  EXPECT_TRUE(equal(gaussian_blur(part, 5, 1.0), part));
  EXPECT_TRUE(equal(gaussian_filter(part, 1.0), part));
}

TEST(Blur, PilsFilterHasTheVarianceOfItsGaussian) {
  for (const double sigma : {0.3, 0.7, 1.0, 1.5, 2.0, 4.0}) {
    cv::Mat step(1, 64, CV_8UC3, cv::Scalar::all(0));  // blurred, it sums the Gaussian up
    step(cv::Rect(32, 0, 32, 1)).setTo(cv::Scalar::all(255));
    const cv::Mat row = gaussian_filter(step, sigma);
    double variance = 0;
    for (int x = 1; x < 64; ++x)
      variance += (row.at<cv::Vec3b>(0, x)[0] - row.at<cv::Vec3b>(0, x - 1)[0]) / 255.0 * (x - 32) *
                  (x - 32);
    EXPECT_NEAR(variance, sigma * sigma, 0.05 * sigma * sigma + 0.06) << sigma;
  }
}

TEST(Blur, PilsFilterTreatsColumnsAsRowsAndTakesTheSmallestImages) {
  const cv::Mat row = noise(21, 1);
  EXPECT_TRUE(equal(gaussian_filter(row.t(), 1.3), gaussian_filter(row, 1.3).t()));
  const cv::Mat one = noise(1, 1);
  EXPECT_TRUE(equal(gaussian_filter(one, 2), one));
}

TEST(Blur, EveryProcessorGivesTheSamePixels) {
  if (best_vectors() == Vectors::kAny) GTEST_SKIP() << "this processor has no wider vectors";
  for (const double sigma : {0.1, 0.8, 2.0})
    EXPECT_TRUE(equal(gaussian_filter(noise(61, 33), sigma, Vectors::kAny),
                      gaussian_filter(noise(61, 33), sigma, Vectors::kAvx2)));
}

}  // namespace
}  // namespace cs::augment
