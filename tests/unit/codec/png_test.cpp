#include "codec/png.hpp"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "codec/decode.hpp"
#include "support/images.hpp"

namespace cs::codec {
namespace {

std::string noise_png(int type) {
  cv::Mat noise(40, 30, type);
  cv::RNG(1).fill(noise, cv::RNG::UNIFORM, 0, 256);
  std::vector<unsigned char> bytes;
  cv::imencode(".png", noise, bytes);
  return {bytes.begin(), bytes.end()};
}

TEST(Png, EveryNumberOfChannelsBecomesRgb) {
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4}) {
    const std::string png = noise_png(type);
    const cv::Mat rgb = decode_png("x", png);
    ASSERT_EQ(rgb.type(), CV_8UC3);
    const std::vector<unsigned char> bytes(png.begin(), png.end());
    cv::Mat bgr = cv::imdecode(bytes, cv::IMREAD_COLOR);
    for (int y = 0; y < 40; ++y)
      for (int x = 0; x < 30; ++x)
        for (int c = 0; c < 3; ++c)
          ASSERT_EQ(rgb.at<cv::Vec3b>(y, x)[c], bgr.at<cv::Vec3b>(y, x)[2 - c]) << type;
  }
}

TEST(Png, DamageBehindRightChecksumsIsNamedAndNotPrinted) {
  const std::string png = noise_png(CV_8UC3);
  ::testing::internal::CaptureStderr();
  for (std::size_t at = png.find("IDAT") + 4; at < png.size() - 16; at += 101) {
    std::string damaged = png;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    try {  // past read_header(), whose sums would tell
      EXPECT_EQ(decode_png("x", damaged).size(), cv::Size(30, 40));
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find("x: the PNG cannot be decoded ("),
                std::string::npos);
    }
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace cs::codec
