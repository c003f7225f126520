#include "codec/bmp.hpp"

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

TEST(Bmp, RowsOfABmpComeFromTheBottomOrTheTop) {
  const std::string rows = "cbaFED??onmRQP??";
  EXPECT_EQ(letters(bmp(2, 2, 24, "", rows)), "mnoPQRabcDEF");
  EXPECT_EQ(letters(bmp(2, -2, 24, "", rows)), "abcDEFmnoPQR");
  EXPECT_EQ(letters(bmp(2, 1, 32, "", "cba?FED?")), "abcDEF");
}

TEST(Bmp, PalettesOfEveryDepthAreLookedUp) {
  const std::string palette = "cba\0FED\0"s;
  EXPECT_EQ(letters(bmp(3, 1, 8, palette, "\1\0\1?"s)), "DEFabcDEF");
  EXPECT_EQ(letters(bmp(3, 1, 4, palette, "\x10\x1F??"s)), "DEFabcDEF");
  EXPECT_EQ(letters(bmp(3, 1, 1, palette, "\xBF???"s)), "DEFabcDEF");
}

TEST(Bmp, ColorsBeyondThePaletteAreRefused) {
  expect_data_error("a color beyond the palette",
                    [] { decode("x", bmp(1, 1, 8, "cba\0FED\0"s, "\2???")); });
}

TEST(Bmp, ABmpCutAnywhereIsRefused) {
  const std::string whole = bmp(2, 2, 8, "cba\0FED\0"s, "\1\0??\0\1??"s);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(decode("x", whole.substr(0, size)), DataError) << size;
  expect_data_error("over 64 Mi", [] { decode("x", bmp(1 << 20, INT32_MIN, 24, "", "")); });
}

}  // namespace
}  // namespace cs::codec
