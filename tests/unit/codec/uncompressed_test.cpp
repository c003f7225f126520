#include "codec/uncompressed.hpp"

#include <gtest/gtest.h>

#include "codec/decode.hpp"
#include "support/images.hpp"

namespace cs::codec {
namespace {

using test::expect_data_error;

using namespace std::string_literals;

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8U) text.push_back(static_cast<char>(value));
  return text;
}

/// A BMP of `bits` per pixel with a palette of `colors`, followed by `rows`.
std::string bmp(std::int32_t width, std::int32_t height, unsigned bits, const std::string& palette,
                const std::string& rows) {
  const auto colors = static_cast<std::uint32_t>(palette.size() / 4);
  return "BM"s + little(0, 8) + little(54 + 4 * colors, 4) + little(40, 4) +
         little(static_cast<std::uint32_t>(width), 4) +
         little(static_cast<std::uint32_t>(height), 4) + little(1, 2) + little(bits, 2) +
         little(0, 16) + little(colors, 4) + little(0, 4) + palette + rows;
}

/// The pixels of an image whose channels are letters.
std::string letters(const std::string& bytes) {
  const cv::Mat rgb = decode("x", bytes);
  return {reinterpret_cast<const char*>(rgb.data), rgb.total() * 3};
}

TEST(Uncompressed, RowsOfABmpComeFromTheBottomOrTheTop) {
  const std::string rows = "cbaFED??onmRQP??";
  EXPECT_EQ(letters(bmp(2, 2, 24, "", rows)), "mnoPQRabcDEF");
  EXPECT_EQ(letters(bmp(2, -2, 24, "", rows)), "abcDEFmnoPQR");
  EXPECT_EQ(letters(bmp(2, 1, 32, "", "cba?FED?")), "abcDEF");
}

TEST(Uncompressed, PalettesOfEveryDepthAreLookedUp) {
  const std::string palette = "cba\0FED\0"s;
  EXPECT_EQ(letters(bmp(3, 1, 8, palette, "\1\0\1?"s)), "DEFabcDEF");
  EXPECT_EQ(letters(bmp(3, 1, 4, palette, "\x10\x1F??"s)), "DEFabcDEF");
  EXPECT_EQ(letters(bmp(3, 1, 1, palette, "\xBF???"s)), "DEFabcDEF");
}

TEST(Uncompressed, ColorsBeyondThePaletteAreRefused) {
  expect_data_error("a color beyond the palette",
                    [] { decode("x", bmp(1, 1, 8, "cba\0FED\0"s, "\2???")); });
}

TEST(Uncompressed, ABmpCutAnywhereIsRefused) {
  const std::string whole = bmp(2, 2, 8, "cba\0FED\0"s, "\1\0??\0\1??"s);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(decode("x", whole.substr(0, size)), DataError) << size;
  expect_data_error("over 64 Mi", [] { decode("x", bmp(1 << 20, INT32_MIN, 24, "", "")); });
}

TEST(Uncompressed, PnmIsReadWithCommentsAndOneSpaceBeforeThePixels) {
  EXPECT_EQ(letters("P6 2 1 255 abcDEF"), "abcDEF");
  EXPECT_EQ(letters("P5\n#x\n2 #y\n1\n255\n\nb"s), "\n\n\nbbb") << "a pixel may look like space";
  expect_data_error("whose white is 254", [] { decode("x", "P5 1 1 254 a"); });
  expect_data_error("cut short", [] { decode("x", "P6 2 1 255 abcDE"); });
  expect_data_error("16 bits", [] { decode("x", "P5 1 1 256 ab"); });
}

}  // namespace
}  // namespace cs::codec
