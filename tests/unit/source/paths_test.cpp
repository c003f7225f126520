#include "source/paths.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace cs::source {
namespace {

TEST(Paths, PathsAreNormalizedAndNeverLeadOutside) {
  EXPECT_EQ(normalize_path("./a//b/./c"), "a/b/c");
  EXPECT_EQ(normalize_path("a/"), "a");
  EXPECT_EQ(normalize_path(""), "");
  EXPECT_EQ(normalize_path("..a/b.."), "..a/b..");
  for (const char* path : {"/a", "..", "../a", "a/..", "a/../b", "a/../../b"})
    EXPECT_EQ(normalize_path(path), std::nullopt) << path;
  EXPECT_EQ(normalize_prefix("./train/"), "train");
  EXPECT_THROW(normalize_prefix("../train"), UsageError);
}

TEST(Paths, APrefixIsAWholeFolder) {
  EXPECT_EQ(under_prefix("train/a/1.png", "train"), "a/1.png");
  EXPECT_EQ(under_prefix("train/a/1.png", "train/a"), "1.png");
  EXPECT_EQ(under_prefix("a", ""), "a");
  for (const char* path : {"trainer/1.png", "train", "train1", "tes/1.png", ""})
    EXPECT_EQ(under_prefix(path, "train"), std::nullopt) << path;
}

TEST(Paths, NamesTellImagesAndClasses) {
  for (const char* name :
       {"a.png", "b/A.JPG", "x.y.jpeg", "a.bmp", "a.webp", "a.ppm", "a.tif", "a.TIFF"})
    EXPECT_TRUE(is_image_name(name)) << name;
  for (const char* name :
       {"png", "a.gif", ".a.png", "a/.b/c.png", "a.png/b", "a.png.txt", "", "a.", "/a.png"})
    EXPECT_FALSE(is_image_name(name)) << name;
  EXPECT_TRUE(is_class_name("a/1.cls"));
  EXPECT_FALSE(is_class_name("a/.1.cls"));
  EXPECT_FALSE(is_class_name("cls"));
}

TEST(Paths, TheFirstFolderIsTheOneAtTheTop) {
  EXPECT_EQ(first_folder("a/b/c.png"), "a");
  EXPECT_EQ(first_folder("c.png"), "");
}

}  // namespace
}  // namespace cs::source
