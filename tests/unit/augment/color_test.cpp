#include "augment/color.hpp"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <vector>

#include "support/pixels.hpp"

namespace cs::augment {
namespace {

using cs::test::equal;
using cs::test::noise;

cv::Mat adjusted(const cv::Mat& rgb, const std::vector<Adjustment>& steps,
                 Vectors vectors = best_vectors()) {
  cv::Mat result = rgb.clone();
  adjust_color(result, steps.data(), steps.data() + steps.size(), vectors);
  return result;
}

/// Every step, contrast in several places.
const std::vector<std::vector<Adjustment>> kSequences = {
    {{ColorStep::kBrightness, 1.3}, {ColorStep::kContrast, 0.4}, {ColorStep::kHue, 0.1}},
    {{ColorStep::kContrast, 1.7}, {ColorStep::kSaturation, 1.6}, {ColorStep::kGray}},
    {{ColorStep::kHue, -0.17}, {ColorStep::kSaturation, 0.3}, {ColorStep::kContrast, 1.2}},
    {{ColorStep::kContrast, 0.5}, {ColorStep::kContrast, 1.9}, {ColorStep::kBrightness, 0.7}},
    {{ColorStep::kGray}}};

TEST(Color, ASequenceIsItsStepsOneAfterTheOther) {
  for (const cv::Size size : {cv::Size(1, 1), {32, 32}, {511, 1}, {513, 3}}) {
    const cv::Mat image = noise(size.width, size.height);
    for (const auto& steps : kSequences) {
      cv::Mat expected = image;
      for (const Adjustment& step : steps) expected = adjusted(expected, {step});
      EXPECT_TRUE(equal(adjusted(image, steps), expected)) << size;
    }
  }
}

TEST(Color, NoStepIsTheImageItself) {
  const cv::Mat image = noise(5, 4);
  EXPECT_TRUE(equal(adjusted(image, {}), image));
}

TEST(Color, ContrastTurnsAroundTheMeanOfTheWholeImage) {
  // The halves are further apart than what goes through the steps together.
  cv::Mat image(40, 100, CV_8UC3, cv::Scalar::all(20));
  image(cv::Rect(0, 20, 100, 20)).setTo(cv::Scalar::all(220));
  EXPECT_TRUE(equal(adjusted(image, {{ColorStep::kContrast, 0}}),
                    cv::Mat(40, 100, CV_8UC3, cv::Scalar::all(120))));
}

TEST(Color, AHueThatIsAWholeNumberOfStepsIsCutOffWherePilCutsItOff) {
  // 255 / 6 times the sixths of these is a whole number, 173 and 176; PIL's quotient of floats
  // falls short of it.
  const auto through_hsv = [](int r, int g, int b) {
    return adjusted(cv::Mat(1, 1, CV_8UC3, cv::Scalar(r, g, b)), {{ColorStep::kHue, 0}})
        .at<cv::Vec3b>(0, 0);
  };
  EXPECT_EQ(through_hsv(18, 0, 255), cv::Vec3b(12, 0, 255));
  EXPECT_EQ(through_hsv(24, 0, 170), cv::Vec3b(20, 0, 170));
}

TEST(Color, EveryProcessorGivesTheSamePixels) {
  if (best_vectors() == Vectors::kAny) GTEST_SKIP() << "this processor has no wider vectors";
  std::vector<std::vector<Adjustment>> all = kSequences;
  for (double factor = 0; factor < 2; factor += 0.037) {
    for (const ColorStep step :
         {ColorStep::kBrightness, ColorStep::kContrast, ColorStep::kSaturation})
      all.push_back({{step, factor}});
    all.push_back({{ColorStep::kHue, factor / 2 - 0.5}});
  }
  const cv::Mat image = noise(301, 203);
  for (const Vectors wider : {Vectors::kAvx2, best_vectors()})
    for (const auto& steps : all)
      EXPECT_TRUE(equal(adjusted(image, steps, Vectors::kAny), adjusted(image, steps, wider)));
}

}  // namespace
}  // namespace cs::augment
