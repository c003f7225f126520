#include "source/images.hpp"

#include <gtest/gtest.h>

#include "source/kinds.hpp"
#include "support/operands.hpp"

namespace cs::source {
namespace {

using test::encoded_image;
using test::expect_data_error;
using test::labels_of;
using test::names_of;
using test::read_all;

using Names = std::vector<std::string>;
using Labels = std::vector<std::int32_t>;

class ImagesTest : public test::SourceFolder {
 protected:
  static std::string jpeg() { return encoded_image(".jpg", 5, 4, {1, 2, 3}); }
  static std::string png() { return encoded_image(".png", 5, 4, {1, 2, 3}); }
};

TEST_F(ImagesTest, FoldersAreClasses) {
  write_tar("a.tar", {{"9/b.png", "x"}, {"10/a.png", "y"}, {"9/a.png", "z"}});
  const auto source = open(kImages, "a.tar");
  EXPECT_EQ(names_of(*source), (Names{"10/a.png", "9/a.png", "9/b.png"}));
  EXPECT_EQ(labels_of(*source), (Labels{1, 0, 0}));
  EXPECT_EQ(source->classes(), (Names{"9", "10"}));
  EXPECT_EQ(read_all(*source, {2, 0}), (Names{"x", "y"}));
  EXPECT_TRUE(source->is_encoded());
  EXPECT_TRUE(remarks().empty());
}

TEST_F(ImagesTest, FirstBytesMakeAnImageWhateverItsName) {
  const std::vector<TarMember> members = {{"a/1.jfif", jpeg()},
                                          {"a/2", png()},
                                          {"b/3.jpe", jpeg()},
                                          {"b/4.pjpeg", jpeg()},
                                          {"c/5.dat", png()},
                                          {"d/6.gif", "GIF89a..."},
                                          {"e/7.heic", std::string("\0\0\0\x18"
                                                                   "ftypheic",
                                                                   12)}};
  for (const TarMember& member : members) write("set/" + member.name, member.bytes);
  write_tar("a.tar.gz", members);
  write_zip("a.zip", members, "deflate");
  for (const char* name : {"set", "a.tar.gz", "a.zip"}) {
    const auto source = open(kImages, name);
    EXPECT_EQ(names_of(*source),
              (Names{"a/1.jfif", "a/2", "b/3.jpe", "b/4.pjpeg", "c/5.dat", "d/6.gif", "e/7.heic"}))
        << name;
    EXPECT_EQ(source->classes(), (Names{"a", "b", "c", "d", "e"}));
    EXPECT_TRUE(remarks().empty()) << "formats that are not read are refused when decoded";
    EXPECT_EQ(source->decode(0, read_all(*source, {0})[0]).cols, 5);
    expect_data_error("d/6.gif: ", [&] { source->decode(5, read_all(*source, {5})[0]); });
    expect_data_error("e/7.heic: ", [&] { source->decode(6, read_all(*source, {6})[0]); });
  }
}

TEST_F(ImagesTest, WhatIsPassedOverIsCountedAndNamed) {
  const std::vector<TarMember> members = {
      {"a/1.png", png()}, {"a/notes.txt", "x"},  {"a/data.json", "{}"}, {"a/z", "zz"},
      {"fish/note", "x"}, {"birds/x/y", "text"}, {"a/.DS_Store", "x"},  {".git/config", "x"},
      {".git/head", "x"}, {"a/1.cls", "7"}};
  for (const TarMember& member : members) write("set/" + member.name, member.bytes);
  write_tar("a.tar", members);
  for (const char* name : {"set", "a.tar"}) {
    EXPECT_EQ(open(kImages, name)->size(), 1U);
    const std::string subject = path(name).string() + ": ";
    EXPECT_EQ(remarks(),
              (Names{subject + "passed over 5 files that are no images: a/data.json, a/notes.txt, "
                               "a/z, ...",
                     subject + "passed over 2 hidden files: .git, a/.DS_Store",
                     subject + "no class for 2 folders without images: birds, fish"}));
    EXPECT_EQ(open(kImages, name, "a")->size(), 1U);
    EXPECT_EQ(remarks(),
              (Names{subject + "passed over 3 files that are no images: data.json, notes.txt, z",
                     subject + "passed over 1 hidden file: .DS_Store"}));
    EXPECT_EQ(open(kImages, name, "", false)->size(), 1U);
    EXPECT_EQ(remarks().size(), 2U) << "without labels no class can be missing";
  }
}

TEST_F(ImagesTest, ALinkThatIsNotCalledLikeAnImageIsPassedOver) {
  write("set/1.png", png());
  std::filesystem::create_symlink("missing", path("set/2"));
  EXPECT_EQ(open(kImages, "set")->size(), 1U);
  EXPECT_TRUE(remarked("passed over 1 file that is no image: 2"));
}

}  // namespace
}  // namespace cs::source
