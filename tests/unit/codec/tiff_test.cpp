#include "codec/tiff.hpp"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "codec/decode.hpp"
#include "support/images.hpp"

namespace cs::codec {
namespace {

using test::expect_data_error;

std::string noise_tiff(int compression) {
  cv::Mat noise(40, 30, CV_8UC3);
  cv::RNG(1).fill(noise, cv::RNG::UNIFORM, 0, 256);
  std::vector<unsigned char> bytes;
  cv::imencode(".tiff", noise, bytes, {cv::IMWRITE_TIFF_COMPRESSION, compression});
  return {bytes.begin(), bytes.end()};
}

constexpr int kNone = 1, kLzw = 5, kDeflate = 8;

TEST(Tiff, EveryCompressionGivesTheSamePixels) {
  const cv::Mat plain = decode_tiff("x", noise_tiff(kNone));
  EXPECT_EQ(plain.size(), cv::Size(30, 40));
  for (const int compression : {kLzw, kDeflate})
    EXPECT_EQ(cv::norm(decode_tiff("x", noise_tiff(compression)), plain, cv::NORM_INF), 0);
}

TEST(Tiff, AbsurdSizesAreRefusedBeforeAnythingIsAllocated) {
  for (const std::uint32_t side : {0U, 1U << 20U, 0xFFFFFFFFU}) {
    std::string tiff("II*\0\10\0\0\0\2\0", 10);
    for (const char tag : {'\0', '\1'}) {  // 256 and 257: width and height, one long each
      tiff += std::string{tag, '\1', '\4', '\0', '\1', '\0', '\0', '\0'};
      for (int i = 0; i < 4; ++i) tiff.push_back(static_cast<char>(side >> (8 * i)));
    }
    tiff += std::string(4, '\0');
    // past read_header(), which may read another one of two such fields
    EXPECT_THROW(decode_tiff("x", tiff), DataError) << side;
  }
}

TEST(Tiff, DamageInsideIsRefusedOrHarmlessAndNeverPrinted) {
  ::testing::internal::CaptureStderr();
  for (const int compression : {kNone, kLzw, kDeflate}) {
    const std::string whole = noise_tiff(compression);
    for (std::size_t at = 8; at < whole.size(); at += 37) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
      try {
        EXPECT_EQ(decode("x", damaged).type(), CV_8UC3);
      } catch (const DataError&) {
      }
    }
  }
  std::string damaged = noise_tiff(kDeflate);
  damaged.replace(300, 4, "\xFF\xFF\xFF\xFF");
  expect_data_error("x: the TIFF cannot be decoded", [&] { decode("x", damaged); });
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace cs::codec
