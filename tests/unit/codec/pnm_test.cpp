#include "codec/pnm.hpp"

#include <gtest/gtest.h>

#include "codec/decode.hpp"
#include "support/images.hpp"

namespace cs::codec {
namespace {

using test::expect_data_error;

using namespace std::string_literals;

/// The pixels of an image whose channels are letters.
std::string letters(const std::string& bytes) {
  const cv::Mat rgb = decode("x", bytes);
  return {reinterpret_cast<const char*>(rgb.data), rgb.total() * 3};
}

TEST(Pnm, IsReadWithCommentsAndOneSpaceBeforeThePixels) {
  EXPECT_EQ(letters("P6 2 1 255 abcDEF"), "abcDEF");
  EXPECT_EQ(letters("P5\n#x\n2 #y\n1\n255\n\nb"s), "\n\n\nbbb") << "a pixel may look like space";
  expect_data_error("whose white is 254", [] { decode("x", "P5 1 1 254 a"); });
  expect_data_error("cut short", [] { decode("x", "P6 2 1 255 abcDE"); });
  expect_data_error("16 bits", [] { decode("x", "P5 1 1 256 ab"); });
  for (const char* form : {"P1", "P2", "P3", "P4"})
    expect_data_error("a PNM of the form "s + form, [&] { decode("x", form + " 1 1 1 1"s); });
}

}  // namespace
}  // namespace cs::codec
