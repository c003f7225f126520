#include "records/digest.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cs::records {
namespace {

TEST(ImageDigest, CoversPixelsAndShape) {
  const std::vector<std::uint8_t> pixels(24, 7);
  std::string scratch;
  const Digest digest = image_digest(2, 4, pixels.data(), scratch);
  EXPECT_EQ(digest, image_digest(2, 4, pixels.data(), scratch));
  EXPECT_NE(digest, image_digest(4, 2, pixels.data(), scratch));
  EXPECT_EQ(digest, cs::digest(std::string("\2\0\0\0\4\0\0\0\3\0\0\0", 12) + std::string(24, 7)));
}

}  // namespace
}  // namespace cs::records
