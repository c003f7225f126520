#include "codec/decode.hpp"

#include <gtest/gtest.h>

#include <new>
#include <opencv2/imgproc.hpp>

#include "codec/header.hpp"
#include "support/address_space.hpp"
#include "support/images.hpp"

namespace cs::codec {
namespace {

using test::encoded_image;
using test::expect_data_error;

using namespace std::string_literals;

void expect_color(const cv::Mat& rgb, const cv::Scalar& wanted, double tolerance) {
  const cv::Scalar mean = cv::mean(rgb);
  for (int channel = 0; channel < 3; ++channel)
    EXPECT_NEAR(mean[channel], wanted[channel], tolerance) << channel;
}

/// A JPEG of 16 x 8 that claims the given EXIF orientation.
std::string turned_jpeg(char orientation) {
  const std::string exif =
      "\xFF\xE1\0\x22"s
      "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s +
      orientation + "\0\0\0\0\0\0"s;
  const std::string jpeg = encoded_image(".jpg", 16, 8, {10, 200, 30});
  return jpeg.substr(0, 2) + exif + jpeg.substr(2);
}

/// `png` with four bytes at `at` replaced and the sum of its first chunk made right again.
std::string with_png_size(std::string png, std::uint32_t width) {
  for (unsigned i = 0; i < 4; ++i) png[16 + i] = static_cast<char>(width >> (24 - 8 * i));
  std::uint32_t crc = 0xFFFFFFFFU;
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= static_cast<unsigned char>(png[i]);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  for (unsigned i = 0; i < 4; ++i) png[29 + i] = static_cast<char>(~crc >> (24 - 8 * i));
  return png;
}

TEST(Decode, EveryFormatGivesContinuousRgb) {
  for (const char* extension : {".png", ".jpg", ".bmp", ".webp", ".ppm", ".tiff"}) {
    const cv::Mat rgb = decode("x", encoded_image(extension, 20, 12, {10, 200, 30}));
    EXPECT_EQ(rgb.size(), cv::Size(20, 12)) << extension;
    EXPECT_EQ(rgb.type(), CV_8UC3);
    EXPECT_TRUE(rgb.isContinuous());
    expect_color(rgb, {10, 200, 30}, 4);
  }
}

TEST(Decode, TheHeaderStatesTheSizeInEveryFormat) {
  for (const char* extension : {".png", ".jpg", ".bmp", ".webp", ".ppm", ".tiff"}) {
    const Header header = read_header("x", encoded_image(extension, 300, 70, {1, 2, 3}));
    EXPECT_EQ(header.width, 300U) << extension;
    EXPECT_EQ(header.height, 70U) << extension;
    EXPECT_EQ(header.bits, 8U) << extension;
  }
  const std::vector<int> lossless = {cv::IMWRITE_WEBP_QUALITY, 101};
  EXPECT_EQ(read_header("x", encoded_image(".webp", 300, 70, {1, 2, 3}, lossless)).width, 300U);
}

TEST(Decode, GrayIsReplicatedAndAlphaDropped) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", cv::Mat(4, 4, CV_8UC1, cv::Scalar(77)), bytes);
  expect_color(decode("x", {reinterpret_cast<char*>(bytes.data()), bytes.size()}), {77, 77, 77}, 0);
  cv::imencode(".png", cv::Mat(4, 4, CV_8UC4, cv::Scalar(30, 20, 10, 0)), bytes);
  expect_color(decode("x", {reinterpret_cast<char*>(bytes.data()), bytes.size()}), {10, 20, 30}, 0);
}

TEST(Decode, ExifOrientationIsApplied) {
  EXPECT_EQ(decode("x", turned_jpeg(1)).size(), cv::Size(16, 8));
  EXPECT_EQ(decode("x", turned_jpeg(6)).size(), cv::Size(8, 16));
}

TEST(Decode, APngSurvivesARoundTrip) {
  cv::Mat rgb(9, 7, CV_8UC3);
  cv::RNG(1).fill(rgb, cv::RNG::UNIFORM, 0, 256);
  EXPECT_EQ(cv::norm(decode("x", encode_png(rgb)), rgb, cv::NORM_INF), 0);
}

TEST(Decode, AnyPartOfAnImageIsRefused) {
  for (const char* extension : {".png", ".jpg", ".bmp", ".webp", ".ppm", ".tiff"}) {
    const std::string whole = encoded_image(extension, 20, 12, {10, 200, 30});
    for (const std::size_t size : {std::size_t{3}, std::size_t{11}, whole.size() / 2})
      EXPECT_THROW(decode("x", whole.substr(0, size)), DataError) << extension << ' ' << size;
  }
}

TEST(Decode, HalfAJpegIsCutShort) {
  const std::string whole = encoded_image(".jpg", 200, 200, {10, 200, 30});
  expect_data_error("half.jpg: the image is cut short",
                    [&] { decode("half.jpg", whole.substr(0, whole.size() / 2)); });
  expect_data_error("cut short", [&] { decode("x", whole.substr(0, whole.size() - 2)); });
}

TEST(Decode, BytesAfterTheEndOfAJpegDoNotMatter) {
  EXPECT_NO_THROW(decode("x", encoded_image(".jpg", 8, 8, {1, 2, 3}) + "trailing"));
}

TEST(Decode, EmptyAndUnknownBytesAreRefused) {
  expect_data_error("the image is empty", [] { decode("x", ""); });
  expect_data_error("not an image of a known format", [] { decode("x", "<html></html>"); });
  expect_data_error("is a GIF image, which is not read; convert it", [] { decode("x", "GIF89a"); });
}

TEST(Decode, SixteenBitsAreRefusedByName) {
  for (const char* extension : {".png", ".ppm", ".tiff"}) {
    std::vector<unsigned char> bytes;
    cv::imencode(extension, cv::Mat(4, 4, CV_16UC3, cv::Scalar(1, 2, 3)), bytes);
    const std::string_view view(reinterpret_cast<char*>(bytes.data()), bytes.size());
    expect_data_error("16 bits per channel", [&] { decode("x", view); });
  }
}

TEST(Decode, AbsurdSizesAreRefusedBeforeDecoding) {
  const std::string png = encoded_image(".png", 4, 4, {1, 2, 3});
  expect_data_error("over 64 Mi", [&] { decode("x", with_png_size(png, 1U << 30U)); });
  expect_data_error("claims a size of 0 x 4", [&] { decode("x", with_png_size(png, 0)); });
  expect_data_error("over 64 Mi", [] { decode("x", "P6 100000 100000 255\nabc"); });
}

TEST(Decode, ATiffThatStatesTwoSizesIsRefused) {
  const std::string tiff = encoded_image(".tiff", 4, 12, {1, 2, 3});
  const std::size_t height = tiff.find("\x01\x01\x03\0\x01\0\0\0"s);
  const std::size_t rows_per_strip = tiff.find("\x16\x01\x03\0\x01\0\0\0"s);
  ASSERT_TRUE(height < tiff.size() && rows_per_strip < tiff.size());
  std::string two_sizes = tiff;
  two_sizes[rows_per_strip] = '\x01';
  EXPECT_NO_THROW(decode("x", two_sizes)) << "the same one twice";
  two_sizes[height + 2] = '\x04';  // now of four bytes
  two_sizes[height + 10] = '\x01';
  expect_data_error("the TIFF states two sizes", [&] { decode("x", two_sizes); });
}

TEST(Decode, AFlippedByteInAPngIsFound) {
  std::string png = encoded_image(".png", 40, 40, {1, 2, 3});
  png[png.size() / 2] = static_cast<char>(png[png.size() / 2] ^ 1);
  EXPECT_THROW(decode("x", png), DataError);
}

TEST(Decode, NothingIsPrintedWhateverTheChunks) {
  std::string png = encoded_image(".png", 4, 4, {1, 2, 3});
  // an empty color profile, which libpng complains of on stderr, with its right checksum
  png.insert(33, "\0\0\0\0iCCP\xA4\x80\x17\x7B"s);
  const std::size_t sum = 33 + 8;
  std::uint32_t crc = 0xFFFFFFFFU;
  for (std::size_t i = 37; i < 41; ++i) {
    crc ^= static_cast<unsigned char>(png[i]);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  for (unsigned i = 0; i < 4; ++i) png[sum + i] = static_cast<char>(~crc >> (24 - 8 * i));
  ::testing::internal::CaptureStderr();
  EXPECT_NO_THROW(decode("x", png));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Decode, NothingIsPrintedOfImagesThatAreCutShort) {
  ::testing::internal::CaptureStderr();
  for (const char* extension : {".png", ".jpg", ".bmp", ".webp", ".ppm", ".tiff"}) {
    const std::string whole = encoded_image(extension, 20, 12, {10, 200, 30});
    for (std::size_t size = 0; size < whole.size(); size += 7)
      EXPECT_THROW(decode("x", whole.substr(0, size)), DataError) << extension << ' ' << size;
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Decode, RandomDamageNeverCrashesAndNothingIsPrinted) {
  ::testing::internal::CaptureStderr();
  cv::RNG random(4);
  for (const char* extension : {".png", ".jpg", ".bmp", ".webp", ".ppm", ".tiff"})
    for (int i = 0; i < 600; ++i) {
      std::string bytes = encoded_image(extension, 20, 12, {10, 200, 30});
      const std::size_t most = i % 2 == 0 ? 64 : bytes.size();  // headers, and everything
      for (int n = 0; n < 3; ++n)
        bytes[random(static_cast<unsigned>(std::min(bytes.size(), most)))] =
            static_cast<char>(random(256));
      try {
        EXPECT_EQ(decode("x", bytes).type(), CV_8UC3);
      } catch (const DataError&) {
      }
    }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Decode, TellsWantOfMemoryFromDamage) {
  const std::string damaged = with_png_size(encoded_image(".png", 20, 12, {1, 2, 3}), 4000);
  EXPECT_THROW(decode("x", damaged), DataError);
  if (!test::AddressSpaceLimit::works()) GTEST_SKIP() << "a sanitizer needs all memory";
  const test::AddressSpaceLimit tight(8U << 20U);
  EXPECT_THROW(decode("x", damaged), std::bad_alloc);
}

}  // namespace
}  // namespace cs::codec
