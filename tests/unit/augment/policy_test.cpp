#include "augment/policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <opencv2/core.hpp>
#include <thread>

#include "core/error.hpp"
#include "support/pixels.hpp"

namespace cs::augment {
namespace {

using cs::test::equal;
using cs::test::noise;

Random random_for(std::uint64_t record, std::uint32_t view = 0) {
  return {1, Purpose::kView, record, view};
}

TEST(Policy, AnUnknownNameIsAUsageErrorThatListsTheKnownOnes) {
  try {
    const Policy policy("smclr", 32);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(
        error.what(),
        "`policy`: 'smclr' is unknown; give one of plain, crop-flip, simclr, simclr-dkobak, "
        "simclr-lightly, byol, cont-steal, stolen-encoder, rda, rda-prototype");
  }
}

TEST(Policy, EveryPolicyGivesContinuousViewsOfTheSizeAskedFor) {
  for (const std::string& name : policy_names())
    for (const int size : {8, 32, 65, 100})
      for (const cv::Mat& image : {noise(32, 32), noise(150, 61), noise(9, 200)}) {
        const cv::Mat view = Policy(name, size).apply(image, size, random_for(0));
        EXPECT_EQ(view.size(), cv::Size(size, size)) << name;
        EXPECT_EQ(view.type(), CV_8UC3);
        EXPECT_TRUE(view.isContinuous());
        EXPECT_EQ(Policy(name, 0).apply(image, 0, random_for(0)).size(), image.size()) << name;
      }
}

TEST(Policy, EveryPolicyTakesPhotographsAndSmallerImages) {
  for (const std::string& name : policy_names())
    for (const int size : {1, 32, 224})
      for (const cv::Size of : {cv::Size(500, 375), {375, 1000}, {20, 31}, {1, 1}, {1, 300}}) {
        const cv::Mat image = noise(of.width, of.height);
        const cv::Mat before = image.clone();
        for (std::uint64_t i = 0; i < 20; ++i) {
          const cv::Mat view = Policy(name, size).apply(image, size, random_for(i));
          EXPECT_EQ(view.size(), cv::Size(size, size)) << name << " of " << of;
          EXPECT_TRUE(view.isContinuous());
        }
        EXPECT_TRUE(equal(image, before)) << name;
      }
}

/// A photograph-sized image whose central square is green between red sides.
cv::Mat green_between_red(cv::Size size) {
  cv::Mat image(size, CV_8UC3, cv::Scalar(255, 0, 0));
  const int side = std::min(size.width, size.height);
  image(cv::Rect((size.width - side) / 2, (size.height - side) / 2, side, side))
      .setTo(cv::Scalar(0, 255, 0));
  return image;
}

TEST(Policy, PoliciesWithoutARandomResizedCropStartFromTheCentralSquare) {
  for (const cv::Size of : {cv::Size(600, 200), {90, 300}, {20, 10}})
    for (const char* name : {"plain", "crop-flip", "cont-steal", "stolen-encoder"}) {
      // The scaled square, given at its final size, has to give the same view.
      const cv::Mat image = green_between_red(of);
      const cv::Mat square(64, 64, CV_8UC3, cv::Scalar(0, 255, 0));
      for (std::uint64_t i = 0; i < 30; ++i)
        EXPECT_TRUE(equal(Policy(name, 64).apply(image, 64, random_for(i)),
                          Policy(name, 64).apply(square, 64, random_for(i))))
            << name << " of " << of;
    }
}

TEST(Policy, PoliciesWithARandomResizedCropSeeTheWholeImage) {
  const cv::Mat image = green_between_red({600, 200});
  for (const char* name : {"simclr", "simclr-dkobak", "simclr-lightly", "byol"}) {
    bool left = false, right = false;
    for (std::uint64_t i = 0; i < 200 && !(left && right); ++i) {
      const cv::Mat view = Policy(name, 32).apply(image, 32, random_for(i));
      const auto other_side = [&](int x) {
        return cv::norm(view.at<cv::Vec3b>(16, x), view.at<cv::Vec3b>(16, 16)) > 30;
      };
      left = left || other_side(0);
      right = right || other_side(31);
    }
    EXPECT_TRUE(left && right) << name;
  }
}

TEST(Policy, ImagesOfUpTo64PixelsHaveTheSettingsOf32) {
  for (const char* name : {"simclr", "simclr-dkobak", "simclr-lightly", "byol"}) {
    const auto view = [&](int tuned_for, int size) {
      return Policy(name, tuned_for).apply(noise(80, 80), size, random_for(3));
    };
    EXPECT_TRUE(equal(view(64, 64), view(32, 64))) << name;
    EXPECT_TRUE(equal(view(0, 64), view(32, 64))) << name;
    EXPECT_FALSE(equal(view(65, 65), view(32, 65))) << name;
    EXPECT_TRUE(equal(view(0, 65), view(224, 65))) << name;
  }
}

TEST(Policy, AViewIsAFunctionOfSeedRecordAndView) {
  const cv::Mat image = noise(32, 32);
  for (const std::string& name : policy_names()) {
    if (name == "plain") continue;
    const Policy policy(name, 32);
    EXPECT_TRUE(equal(policy.apply(image, 32, random_for(3, 1)),
                      policy.apply(image.clone(), 32, random_for(3, 1))));
    EXPECT_FALSE(equal(policy.apply(image, 32, random_for(3, 1)),
                       policy.apply(image, 32, random_for(3, 2))));
    EXPECT_FALSE(
        equal(policy.apply(image, 32, random_for(3, 1)), policy.apply(image, 32, random_for(4, 1))))
        << name;
  }
}

TEST(Policy, AViewNeitherChangesNorSharesItsImage) {
  const cv::Mat image = noise(32, 32);
  const cv::Mat before = image.clone();
  for (const std::string& name : policy_names()) {
    cv::Mat view = Policy(name, 32).apply(image, 32, random_for(0));
    view.setTo(0);
    EXPECT_TRUE(equal(image, before)) << name;
  }
}

TEST(Policy, PlainAtItsOwnSizeIsTheImageItself) {
  const cv::Mat image = noise(32, 32);
  EXPECT_TRUE(equal(Policy().apply(image, 0, random_for(0)), image));
  EXPECT_EQ(Policy().name(), "plain");
}

TEST(Policy, ThreadsGetTheViewsThatOneThreadGets) {
  const cv::Mat image = noise(48, 40);
  const Policy policy("simclr", 32);
  std::vector<cv::Mat> views(200);
  const auto work = [&](std::size_t first) {
    for (std::size_t i = first; i < views.size(); i += 4)
      views[i] = policy.apply(image, 32, random_for(i));
  };
  std::vector<std::thread> threads;
  for (std::size_t first = 0; first < 4; ++first) threads.emplace_back(work, first);
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < views.size(); ++i)
    ASSERT_TRUE(equal(views[i], policy.apply(image, 32, random_for(i)))) << i;
}

/// How many of 2000 views of a record are gray.
int gray_views(const Policy& policy, const cv::Mat& image) {
  int gray = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    std::vector<cv::Mat> planes;
    cv::split(policy.apply(image, 0, random_for(i)), planes);
    if (equal(planes[0], planes[1]) && equal(planes[1], planes[2])) ++gray;
  }
  return gray;
}

TEST(Policy, ContrastivePoliciesDrawGrayViewsAtTheRateTheyState) {
  for (const char* name :
       {"simclr", "simclr-lightly", "byol", "stolen-encoder", "rda", "rda-prototype"})
    EXPECT_NEAR(gray_views(Policy(name, 16), noise(16, 16)), 400, 72) << name;  // 4 deviations
  for (const int size : {16, 100})
    EXPECT_NEAR(gray_views(Policy("simclr-dkobak", size), noise(16, 16)), 200, 54) << size;
}

/// How many of 2000 views have the brighter half of a ramp on the left.
int flipped_views(const Policy& policy) {
  cv::Mat ramp(32, 32, CV_8UC3);
  for (int x = 0; x < 32; ++x) ramp.col(x).setTo(cv::Scalar::all(20 + 3 * x));
  int flipped = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const cv::Mat view = policy.apply(ramp, 32, random_for(i));
    const cv::Mat middle = view(cv::Rect(8, 8, 16, 16));  // without the border of a shifted view
    if (cv::mean(middle.colRange(0, 8))[0] > cv::mean(middle.colRange(8, 16))[0]) ++flipped;
  }
  return flipped;
}

TEST(Policy, HalfOfAllViewsAreFlipped) {
  for (const char* name : {"crop-flip", "simclr", "simclr-dkobak", "simclr-lightly", "byol",
                           "stolen-encoder", "rda", "rda-prototype"})
    EXPECT_NEAR(flipped_views(Policy(name, 32)), 1000, 90) << name;
  EXPECT_EQ(flipped_views(Policy("plain", 32)), 0);
}

TEST(Policy, AFifthOfViewsHaveNoColorJitter) {
  // One dark color, of which only jitter and gray make another.
  const cv::Mat image(16, 16, CV_8UC3, cv::Scalar(90, 60, 30));
  for (const char* name : {"simclr", "byol", "stolen-encoder", "rda", "rda-prototype"}) {
    int unchanged = 0;
    for (std::uint64_t i = 0; i < 2000; ++i)
      if (equal(Policy(name, 16).apply(image, 0, random_for(i)), image)) ++unchanged;
    EXPECT_NEAR(unchanged, 2000 * 0.2 * 0.8, 66) << name;
  }
}

/// What color jitter made of an even color in 4000 views: the ranges of its
/// brightness, of the turn of its hue in 360 degrees, and of how much its colors are apart.
struct Ranges {
  double least[3] = {1e9, 1e9, 1e9};
  double most[3] = {-1e9, -1e9, -1e9};
};

Ranges jitter_ranges(const Policy& policy, const cv::Scalar& color) {
  Ranges ranges;
  const cv::Mat image(8, 8, CV_8UC3, color);
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const auto pixel = policy.apply(image, 0, random_for(i)).at<cv::Vec3b>(4, 4);
    const double high = std::max({pixel[0], pixel[1], pixel[2]});
    const double range = high - std::min({pixel[0], pixel[1], pixel[2]});
    const double light = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    // Around red, of which the hue is 0.
    const double turn = pixel[0] == high && range > 0 ? 60 * (pixel[1] - pixel[2]) / range : 0;
    const double seen[3] = {light, turn, range / light};
    for (int k = 0; k < 3; ++k) {
      ranges.least[k] = std::min(ranges.least[k], seen[k]);
      ranges.most[k] = std::max(ranges.most[k], seen[k]);
    }
  }
  return ranges;
}

TEST(Policy, ColorJitterHasTheStrengthsItsPolicyStates) {
  struct Case {
    const char* policy;
    double brightness, contrast, saturation, hue;
  };
  for (const Case& is :
       {Case{"simclr", 0.4, 0.4, 0.4, 0.1}, Case{"byol", 0.4, 0.4, 0.2, 0.1},
        Case{"stolen-encoder", 0.4, 0.4, 0.4, 0.1}, Case{"rda", 0.4, 0.4, 0.4, 0.2},
        Case{"rda-prototype", 0.4, 0.4, 0.4, 0.2}}) {
    // Even gray has nothing but its brightness to change.
    const Ranges gray = jitter_ranges(Policy(is.policy, 8), cv::Scalar::all(80));
    EXPECT_NEAR(gray.least[0] / 80, 1 - is.brightness, 0.03) << is.policy;
    EXPECT_NEAR(gray.most[0] / 80, 1 + is.brightness, 0.03) << is.policy;
    // Contrast turns an even image around its gray and so moves its colors as saturation does.
    const Ranges pale = jitter_ranges(Policy(is.policy, 8), cv::Scalar(88, 76, 76));
    const double light = 0.299 * 88 + 0.701 * 76;
    const double apart = (1 + is.contrast) * (1 + is.saturation);
    EXPECT_NEAR(pale.most[2] / (12 / light), apart, 0.2 * apart) << is.policy;
    const Ranges pure = jitter_ranges(Policy(is.policy, 8), cv::Scalar(120, 20, 20));
    const double turn = std::min(360 * is.hue, 60.0);  // past yellow, red is not the largest
    EXPECT_NEAR(pure.least[1], -turn, 4) << is.policy;
    EXPECT_NEAR(pure.most[1], turn, 4) << is.policy;
  }
}

/// How many of 2000 views of a white image are dark: jitter leaves at least 60 % of white.
int solarized_views(const Policy& policy, std::uint32_t view) {
  const cv::Mat white(16, 16, CV_8UC3, cv::Scalar::all(255));
  int black = 0;
  for (std::uint64_t i = 0; i < 2000; ++i)
    if (cv::mean(policy.apply(white, 0, random_for(i, view)))[0] < 120) ++black;
  return black;
}

TEST(Policy, OnlyOddViewsOfByolAreSolarized) {
  const Policy byol("byol", 16);
  for (const std::uint32_t view : {0U, 2U}) EXPECT_EQ(solarized_views(byol, view), 0);
  for (const std::uint32_t view : {1U, 3U}) EXPECT_NEAR(solarized_views(byol, view), 400, 72);
}

TEST(Policy, RdaSolarizesATenthOfAllViews) {
  for (const char* name : {"rda", "rda-prototype"})
    for (const std::uint32_t view : {0U, 1U})
      EXPECT_NEAR(solarized_views(Policy(name, 16), view), 200, 54) << name;
}

/// A pixel holds its place: x in red, y in green.
cv::Mat map_of_places(int side) {
  cv::Mat image(side, side, CV_8UC3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      image.at<cv::Vec3b>(y, x) = {static_cast<uchar>(x), static_cast<uchar>(y), 0};
  return image;
}

TEST(Policy, RdaCropsThreeQuartersOfTheAreaAndItsPrototypesNineTenths) {
  struct Case {
    const char* name;
    int side, crop;  // at which nothing is scaled
  };
  for (const Case& c : {Case{"rda", 111, 96}, Case{"rda-prototype", 100, 95}}) {
    const cv::Mat image = map_of_places(c.side);
    int crops = 0;
    for (std::uint64_t i = 0; i < 200; ++i) {
      const cv::Mat view = Policy(c.name, c.crop).apply(image, c.crop, random_for(i));
      for (const bool flipped : {false, true}) {
        const auto corner = view.at<cv::Vec3b>(0, flipped ? c.crop - 1 : 0);
        const cv::Rect place(corner[0], corner[1], c.crop, c.crop);
        if ((place & cv::Rect({0, 0}, image.size())) != place) continue;
        cv::Mat expected = image(place).clone();
        if (flipped) cv::flip(expected, expected, 1);
        crops += equal(view, expected) ? 1 : 0;
      }
    }
    EXPECT_GE(crops, 12) << c.name;  // 0.2 x 0.8 x 0.9 x 0.9 of 200 are nothing but cropped
    EXPECT_LE(crops, 45) << c.name;
  }
}

/// How many rows from the top are black.
int black_rows(const cv::Mat& view) {
  int rows = 0;
  while (rows < view.rows && cv::norm(view.row(rows), cv::NORM_INF) == 0) ++rows;
  return rows;
}

TEST(Policy, ContStealPadsWithFourPixelsAtAnySize) {
  // Of a white image, a translation leaves 20 rows black, an operation such as invert all of them,
  // and little but the padding a few.
  const cv::Mat white(96, 96, CV_8UC3, cv::Scalar(255, 255, 255));
  std::vector<int> bands(97, 0);
  for (std::uint64_t i = 0; i < 500; ++i) {
    cv::Mat view = Policy("cont-steal", 96).apply(white, 96, random_for(i));
    ++bands[static_cast<std::size_t>(black_rows(view))];
    cv::flip(view, view, 0);
    ++bands[static_cast<std::size_t>(black_rows(view))];
  }
  for (std::size_t rows = 1; rows <= 4; ++rows) EXPECT_GT(bands[rows], 20) << rows;
  EXPECT_LT(std::accumulate(bands.begin() + 5, bands.begin() + 16, 0), 30);
}

TEST(Policy, BlursBeforeItSolarizes) {
  // A blurred edge between black and white passes 128 on its way, so that solarizing it leaves a
  // bright line between two dark halves. An edge that is solarized first stays an edge.
  cv::Mat edge(111, 111, CV_8UC3, cv::Scalar(0, 0, 0));  // 75 % of its area are 96 x 96
  edge(cv::Rect(55, 0, 56, 111)).setTo(cv::Scalar(255, 255, 255));
  int lines = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const cv::Mat view = Policy("rda", 96).apply(edge, 96, random_for(i));
    const auto* row = view.ptr<cv::Vec3b>(48);
    const auto brightest = std::max_element(
        row, row + 96, [](const cv::Vec3b& a, const cv::Vec3b& b) { return a[0] < b[0]; });
    if (row[0][0] + 10 < (*brightest)[0] && row[95][0] + 10 < (*brightest)[0]) ++lines;
  }
  EXPECT_GE(lines, 3);
  EXPECT_LE(lines, 25);
}

TEST(Policy, StolenEncoderKeepsEveryPixelInPlace) {
  cv::Mat image(16, 16, CV_8UC3, cv::Scalar::all(0));
  image.at<cv::Vec3b>(3, 5) = cv::Vec3b::all(200);
  for (std::uint64_t i = 0; i < 200; ++i) {
    const cv::Mat view = Policy("stolen-encoder", 16).apply(image, 0, random_for(i));
    cv::Mat plane;
    cv::Point brightest;
    cv::extractChannel(view, plane, 0);
    cv::minMaxLoc(plane, nullptr, nullptr, nullptr, &brightest);
    EXPECT_TRUE(brightest == cv::Point(5, 3) || brightest == cv::Point(10, 3)) << brightest;
  }
}

}  // namespace
}  // namespace cs::augment
