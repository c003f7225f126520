#include "source/listing.hpp"

#include <gtest/gtest.h>

#include "support/archives.hpp"

namespace cs::source {
namespace {

using test::expect_data_error;
using test::labels_of;
using test::names_of;
using test::read_all;
using test::TemporaryFolder;

using Names = std::vector<std::string>;
using Labels = std::vector<std::int32_t>;

class ListingTest : public TemporaryFolder {
 protected:
  /// The images in a tar of `members`, a name and its content each.
  std::unique_ptr<Source> list(const std::vector<TarMember>& members, ClassesFrom classes,
                               const std::string& prefix = "") const {
    return open_images(open_archive(write_tar("a.tar", members), path(".")), prefix, classes);
  }
};

TEST(Listing, PathsAreNormalizedAndNeverLeadOutside) {
  EXPECT_EQ(normalize_path("./a//b/./c"), "a/b/c");
  EXPECT_EQ(normalize_path("a/"), "a");
  EXPECT_EQ(normalize_path(""), "");
  EXPECT_EQ(normalize_path("..a/b.."), "..a/b..");
  for (const char* path : {"/a", "..", "../a", "a/..", "a/../b", "a/../../b"})
    EXPECT_EQ(normalize_path(path), std::nullopt) << path;
  EXPECT_EQ(normalize_prefix("./train/"), "train");
  EXPECT_THROW(normalize_prefix("../train"), UsageError);
}

TEST(Listing, APrefixIsAWholeFolder) {
  EXPECT_EQ(under_prefix("train/a/1.png", "train"), "a/1.png");
  EXPECT_EQ(under_prefix("train/a/1.png", "train/a"), "1.png");
  EXPECT_EQ(under_prefix("a", ""), "a");
  for (const char* path : {"trainer/1.png", "train", "train1", "tes/1.png", ""})
    EXPECT_EQ(under_prefix(path, "train"), std::nullopt) << path;
}

TEST(Listing, NamesTellImagesAndClasses) {
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

TEST_F(ListingTest, FoldersAreClasses) {
  const auto source =
      list({{"9/b.png", "x"}, {"10/a.png", "y"}, {"9/a.png", "z"}}, ClassesFrom::kFolder);
  EXPECT_EQ(names_of(*source), (Names{"10/a.png", "9/a.png", "9/b.png"}));
  EXPECT_EQ(labels_of(*source), (Labels{1, 0, 0}));
  EXPECT_EQ(source->classes(), (Names{"9", "10"}));
  EXPECT_EQ(read_all(*source, {2, 0}), (Names{"x", "y"}));
  EXPECT_TRUE(source->is_encoded());
}

TEST_F(ListingTest, TextsBesideImagesAreClasses) {
  const std::vector<TarMember> members = {{"s/b.png", "x"},     {"s/b.cls", " 10\r\n"},
                                          {"s/a.seg.png", "y"}, {"s/a.png", "z"},
                                          {"s/a.cls", "9"},     {"s/c.cls", "unused"}};
  const auto source = list(members, ClassesFrom::kFile, "s");
  EXPECT_EQ(names_of(*source), (Names{"a.png", "a.seg.png", "b.png"}));
  EXPECT_EQ(labels_of(*source), (Labels{0, 0, 1}));
  EXPECT_EQ(source->classes(), (Names{"9", "10", "unused"}));
  for (const TarMember& member : members) write("folder/" + member.name, member.bytes);
  const auto folder =
      open_images(open_folder(path("folder").string(), "s", path(".")), "s", ClassesFrom::kFile);
  EXPECT_EQ(labels_of(*folder), labels_of(*source));
  EXPECT_EQ(folder->classes(), source->classes());
}

TEST_F(ListingTest, AnImageWithoutItsTextIsRefused) {
  expect_data_error("'b.png' has no class in a .cls beside it", [&] {
    list({{"a.png", "x"}, {"a.cls", "1"}, {"b.png", "y"}}, ClassesFrom::kFile);
  });
  expect_data_error("'b.png' has no class", [&] {
    list({{"a.png", "x"}, {"a.cls", "1"}, {"b.png", "y"}, {"b.cls", " \n"}}, ClassesFrom::kFile);
  });
  expect_data_error("is over 4 KiB", [&] {
    list({{"a.png", "x"}, {"a.cls", std::string(4097, '1')}}, ClassesFrom::kFile);
  });
}

TEST_F(ListingTest, KindsOfFilesAreFoundUnderThePrefixOnly) {
  const auto files =
      open_archive(write_tar("a.tar", {{"a/1.png", "x"}, {"b/1.cls", "1"}}), path("."));
  EXPECT_TRUE(has_images(*files, ""));
  EXPECT_TRUE(has_images(*files, "a"));
  EXPECT_FALSE(has_images(*files, "b"));
  EXPECT_TRUE(has_class_files(*files, "b"));
  EXPECT_FALSE(has_class_files(*files, "a"));
}

}  // namespace
}  // namespace cs::source
