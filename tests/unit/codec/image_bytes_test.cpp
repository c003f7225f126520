#include "codec/image_bytes.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/thrown.hpp"

namespace cs::codec {
namespace {

using test::thrown;

TEST(ImageBytes, NumbersAreReadInBothOrders) {
  const ImageBytes image("x", std::string_view("\1\2\3\xFF", 4));
  EXPECT_EQ(image.big_endian(0, 4), 0x010203FFU);
  EXPECT_EQ(image.little_endian(0, 4), 0xFF030201U);
  EXPECT_EQ(image.little_endian(3, 1), 0xFFU);
  EXPECT_EQ(image.big_endian(4, 0), 0U);
  EXPECT_EQ(image.at(1, 2), "\2\3");
}

TEST(ImageBytes, NothingIsReadBeyondTheEnd) {
  const ImageBytes image("x", "abcd");
  for (const std::uint64_t offset :
       {std::uint64_t{1}, std::uint64_t{5}, UINT64_MAX, UINT64_MAX - 3})
    EXPECT_EQ(thrown<DataError>([&] { image.at(offset, 4); }),
              "x: the image is cut short; fetch the file again or remove it");
  EXPECT_THROW(image.at(0, UINT64_MAX), DataError);
}

TEST(ImageBytes, MessagesNameTheImage) {
  const ImageBytes image("a\nb", "");
  EXPECT_EQ(thrown<DataError>([&] { image.damaged("it is torn"); }),
            "a\\x0Ab: it is torn; fetch the file again or remove it");
  EXPECT_EQ(thrown<DataError>([&] { image.unsupported("a GIF"); }), "a\\x0Ab: a GIF; convert it");
}

}  // namespace
}  // namespace cs::codec
