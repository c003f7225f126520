#include "codec/orientation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace cs::codec {
namespace {

using namespace std::string_literals;

/// EXIF with this orientation as a number of two bytes, in either order of bytes.
std::string exif(char orientation, bool little) {
  return little ? "II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0"s + orientation + "\0\0\0"s
                : "MM\0*\0\0\0\10\0\1\1\x12\0\3\0\0\0\1\0"s + orientation + "\0\0"s;
}

/// The pixels of a 2 x 3 image "abc" over "def", turned.
std::string turned(int orientation) {
  cv::Mat image(2, 3, CV_8UC1);
  std::copy_n("abcdef", 6, image.data);
  const cv::Mat upright = turn_upright(image, orientation);
  std::string rows;
  for (int y = 0; y < upright.rows; ++y)
    rows += std::string(upright.ptr<char>(y), static_cast<std::size_t>(upright.cols)) + "/";
  return rows;
}

TEST(Orientation, IsReadInBothOrdersOfBytes) {
  for (char n = 1; n <= 8; ++n)
    for (const bool little : {false, true}) {
      EXPECT_EQ(exif_orientation(exif(n, little)), n);
      EXPECT_EQ(exif_orientation("Exif\0\0"s + exif(n, little)), n);
    }
}

TEST(Orientation, WhatIsDamagedOrStrangeCountsAsUpright) {
  const std::string whole = exif(6, true);
  for (std::size_t size = 0; size + 4 < whole.size(); ++size)
    EXPECT_EQ(exif_orientation(whole.substr(0, size)), 1) << size;
  EXPECT_EQ(exif_orientation(exif(0, true)), 1);
  EXPECT_EQ(exif_orientation(exif(9, true)), 1);
  EXPECT_EQ(exif_orientation("II*\0\xFF\xFF\xFF\xFF"s + whole), 1);
  EXPECT_EQ(exif_orientation("text"), 1);
}

TEST(Orientation, EachOfTheEightTurnsAsExifSays) {
  EXPECT_EQ(turned(1), "abc/def/");
  EXPECT_EQ(turned(2), "cba/fed/");
  EXPECT_EQ(turned(3), "fed/cba/");
  EXPECT_EQ(turned(4), "def/abc/");
  EXPECT_EQ(turned(5), "ad/be/cf/");
  EXPECT_EQ(turned(6), "da/eb/fc/");
  EXPECT_EQ(turned(7), "fc/eb/da/");
  EXPECT_EQ(turned(8), "cf/be/ad/");
}

}  // namespace
}  // namespace cs::codec
