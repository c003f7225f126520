#include "codec/jpeg.hpp"

#include <gtest/gtest.h>

#include <cstdio>  // jpeglib.h needs it

#include <jpeglib.h>

#include <cstdlib>

#include "codec/decode.hpp"
#include "support/images.hpp"

namespace cs::codec {
namespace {

using test::encoded_image;
using test::expect_data_error;

struct Encoding {
  J_COLOR_SPACE colors = JCS_RGB;
  int components = 3;
  bool arithmetic = false;
  bool one_scan_each = false;  ///< of a component
  int frequencies_apart = 0;   ///< of each component, in a progressive JPEG
};

/// A JPEG of 16 x 8 pixels, all components of which are 200.
std::string jpeg(const Encoding& encoding) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* out = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): as libjpeg has it
  jpeg_mem_dest(&info, &out, &size);
  info.image_width = 16, info.image_height = 8;
  info.input_components = encoding.components;
  info.in_color_space = encoding.colors;
  jpeg_set_defaults(&info);
  info.arith_code = encoding.arithmetic ? TRUE : FALSE;
  std::vector<jpeg_scan_info> scans;
  for (int i = 0; i < encoding.components && encoding.one_scan_each; ++i)
    scans.push_back({1, {i}, 0, 63, 0, 0});
  for (int i = 0; i < encoding.components && encoding.frequencies_apart > 0; ++i) {
    scans.push_back({1, {i}, 0, 0, 0, 0});
    for (int k = 1; k < encoding.frequencies_apart; ++k) scans.push_back({1, {i}, k, k, 0, 0});
    scans.push_back({1, {i}, encoding.frequencies_apart, 63, 0, 0});
  }
  if (!scans.empty()) {
    info.scan_info = scans.data();
    info.num_scans = static_cast<int>(scans.size());
  }
  jpeg_start_compress(&info, TRUE);
  std::vector<unsigned char> row(static_cast<std::size_t>(16 * encoding.components), 200);
  for (JSAMPROW line = row.data(); info.next_scanline < 8;) jpeg_write_scanlines(&info, &line, 1);
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string bytes(reinterpret_cast<char*>(out), size);
  std::free(out);  // NOLINT: libjpeg's malloc()
  return bytes;
}

void expect_pixel(const cv::Mat& rgb, int value) {
  ASSERT_EQ(rgb.size(), cv::Size(16, 8));
  for (int channel = 0; channel < 3; ++channel)
    EXPECT_NEAR(rgb.at<cv::Vec3b>(3, 3)[channel], value, 2) << channel;
}

TEST(Jpeg, ArithmeticCodesAndScansForEachComponentAreRead) {
  expect_pixel(decode("x", jpeg({})), 200);
  expect_pixel(decode("x", jpeg({JCS_RGB, 3, /*arithmetic=*/true, false})), 200);
  expect_pixel(decode("x", jpeg({JCS_RGB, 3, false, /*one_scan_each=*/true})), 200);
  expect_pixel(decode("x", jpeg({JCS_GRAYSCALE, 1, false, false})), 200);
}

TEST(Jpeg, CmykIsTakenAsStoredInverted) {
  expect_pixel(decode("x", jpeg({JCS_CMYK, 4, false, false})), 200 * 200 / 255);
}

TEST(Jpeg, OfMoreScansThanAnyEncoderWritesIsRefused) {
  expect_pixel(decode("x", jpeg({JCS_RGB, 3, false, false, /*frequencies_apart=*/20})), 200);
  expect_data_error("over 100 scans", [] { decode("x", jpeg({JCS_RGB, 3, false, false, 40})); });
}

TEST(Jpeg, TwoComponentsAreNoColors) {
  expect_data_error("neither 1, 3 nor 4 color components", [] {
    decode("x", jpeg({JCS_UNKNOWN, 2, false, false}));
  });
}

TEST(Jpeg, AMissingScanOfAComponentIsFound) {
  const std::string whole = jpeg({JCS_RGB, 3, false, /*one_scan_each=*/true});
  const std::size_t last = whole.rfind("\xFF\xDA");
  expect_data_error("lacks a scan of one of its components",
                    [&] { decode("x", whole.substr(0, last) + "\xFF\xD9"); });
}

TEST(Jpeg, DamageInsideIsRefusedAndNothingIsPrinted) {
  cv::Mat noise(64, 64, CV_8UC3);
  cv::RNG(1).fill(noise, cv::RNG::UNIFORM, 0, 256);
  std::vector<unsigned char> encoded;
  cv::imencode(".jpg", noise, encoded);
  const std::string whole(encoded.begin(), encoded.end());
  ::testing::internal::CaptureStderr();
  for (std::size_t size = 700; size < whole.size() - 40; size += 97)
    EXPECT_THROW(decode("x", whole.substr(0, size) + "\xFF\xD9"), DataError) << size;
  for (std::size_t at = 20; at < whole.size(); at += 13) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    try {
      EXPECT_EQ(decode("x", damaged).type(), CV_8UC3);
    } catch (const DataError&) {
    }
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace cs::codec
