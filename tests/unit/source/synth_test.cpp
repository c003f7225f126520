#include "source/synth.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "source/synth_scene.hpp"

namespace cs::source {
namespace {

TEST(Synth, TheTenClassesStandInNameOrder) {
  EXPECT_EQ(synth_classes().size(), 10U);
  EXPECT_TRUE(std::is_sorted(synth_classes().begin(), synth_classes().end()));
}

TEST(Synth, AnImageIsAFunctionOfSeedAndIndex) {
  const auto differ = [](const cv::Mat& a, const cv::Mat& b) {
    return cv::norm(a, b, cv::NORM_INF) != 0;
  };
  EXPECT_FALSE(differ(draw_synth(1, 5, 32), draw_synth(1, 5, 32)));
  EXPECT_TRUE(differ(draw_synth(1, 5, 32), draw_synth(1, 15, 32)));
  EXPECT_TRUE(differ(draw_synth(1, 5, 32), draw_synth(2, 5, 32)));
}

TEST(Synth, PixelsStayAsTheyWereOnceMade) {  // fingerprints of query sets are made of them
  const cv::Mat image = draw_synth(0, 13, 32);
  EXPECT_EQ(image.at<cv::Vec3b>(16, 14), cv::Vec3b(193, 169, 161));
  EXPECT_EQ(image.at<cv::Vec3b>(16, 15), cv::Vec3b(191, 162, 149));
  EXPECT_EQ(image.at<cv::Vec3b>(16, 16), cv::Vec3b(208, 162, 135));
  const cv::Scalar sums = cv::sum(image);
  EXPECT_EQ(sums[0] + sums[1] + sums[2], 245'183);
}

TEST(Synth, EverySizeGivesAnRgbImage) {
  for (const int size : {kSynthSmallest, 33, 128}) {
    const cv::Mat image = draw_synth(1, 7, size);
    EXPECT_EQ(image.size(), cv::Size(size, size));
    EXPECT_EQ(image.type(), CV_8UC3);
    EXPECT_TRUE(image.isContinuous());
  }
}

TEST(Synth, TheSceneIsTheSameAtAnySize) {
  for (std::uint64_t index = 0; index < 20; ++index) {
    cv::Mat shrunk;
    cv::resize(draw_synth(3, index, 128), shrunk, {32, 32}, 0, 0, cv::INTER_AREA);
    const cv::Mat small = draw_synth(3, index, 32);
    EXPECT_LT(cv::norm(shrunk, small, cv::NORM_L1) / (32 * 32 * 3), 14) << index;
  }
}

}  // namespace
}  // namespace cs::source
