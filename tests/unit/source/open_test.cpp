#include "source/open.hpp"

#include <gtest/gtest.h>

#include "support/archives.hpp"

namespace cs::source {
namespace {

using test::encoded_image;
using test::expect_data_error;
using test::names_of;
using test::read_all;
using test::TemporaryFolder;

class OpenTest : public TemporaryFolder {
 protected:
  std::unique_ptr<Source> open(const std::string& operand, const std::string& prefix = "",
                               const std::string& spill_dir = ".") const {
    SourceOptions options;
    options.prefix = prefix;
    options.seed = 1;
    options.spill_dir = path(spill_dir);
    return open_source(operand, options);
  }
};

using Names = std::vector<std::string>;

TEST_F(OpenTest, AFolderAndATarOfItGiveTheSameItems) {
  const std::vector<TarMember> members = {
      {"./set/dog/2.PNG", "d2"},       {"./set/cat/a b.jpg", "cab"},
      {"./set/dog/10.jpeg", "d10"},    {"./set/cat/deep/er.tif", "deep"},
      {"./set/cat/notes.txt", "text"}, {"./set/cat/._a b.jpg", "hidden"},
      {"./set/.git/x.png", "hidden"},  {"./other/x.png", "other"}};
  for (const TarMember& member : members) write("folder/" + member.name, member.bytes);
  const auto folder = open(path("folder").string(), "set");
  const Names wanted = {"cat/a b.jpg", "cat/deep/er.tif", "dog/10.jpeg", "dog/2.PNG"};
  EXPECT_EQ(names_of(*folder), wanted);
  EXPECT_EQ(folder->classes(), (Names{"cat", "dog"}));
  EXPECT_EQ(folder->item(3).label, 1);
  for (const char* name : {"a.tar", "a.tar.gz", "a.tar.xz", "a.tar.zst"}) {
    const auto tar = open(write_tar(name, members), "./set/");
    EXPECT_EQ(names_of(*tar), wanted) << name;
    EXPECT_EQ(tar->classes(), folder->classes());
    EXPECT_EQ(tar->item(3).label, 1);
    EXPECT_EQ(read_all(*tar, {0, 1, 2, 3}), read_all(*folder, {0, 1, 2, 3})) << name;
  }
}

TEST_F(OpenTest, ATarIsReadInAnyOrderAndWithRepeats) {
  std::vector<TarMember> members;
  for (int i = 0; i < 50; ++i)  // packed backwards
    members.push_back({std::to_string(99 - i) + ".png", std::string(5000, static_cast<char>(i))});
  const auto tar = open(write_tar("a.tar.zst", members));
  EXPECT_EQ(tar->item(0).name, "50.png");
  EXPECT_EQ(tar->item(0).label, -1);
  EXPECT_TRUE(tar->classes().empty());
  const std::vector<std::size_t> wanted = {7, 3, 3, 49, 0, 12, 7};
  const auto bytes = read_all(*tar, wanted);
  ASSERT_EQ(bytes.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_EQ(bytes[i], std::string(5000, static_cast<char>(49 - wanted[i]))) << i;
  EXPECT_TRUE(read_all(*tar, {}).empty());
}

TEST_F(OpenTest, NothingStaysInTheSpillFolder) {
  const std::string tar = write_tar("a.tar", {{"2.png", "b"}, {"1.png", "a"}});
  std::filesystem::create_directory(path("spill"));
  const auto source = open(tar, "", "spill");
  source->read({0, 1}, [&](std::size_t, std::string_view) {
    EXPECT_TRUE(std::filesystem::is_empty(path("spill")));
  });
  const auto nowhere = open(tar, "", "missing");
  EXPECT_THROW(read_all(*nowhere, {0, 1}), Error);
  EXPECT_EQ(read_all(*nowhere, {1, 0}), (Names{"b", "a"}))
      << "in its own order a tar needs no spill";
}

TEST_F(OpenTest, APackedTarIsNotUnpackedToSeeWhatItIs) {
  for (const char* name : {"a.tar.gz", "a.tar.xz", "a.tar.zst"}) {
    SourceOptions options;
    options.spill_dir = path("missing");  // nothing can be put there
    EXPECT_EQ(open_source(write_tar(name, {{"1.png", "1"}}), options)->size(), 1U) << name;
  }
  expect_data_error("no source of a known kind",
                    [&] { open(write("zeros", std::string(2048, '\0'))); });
}

TEST_F(OpenTest, HostileMemberNamesAreRefusedByName) {
  for (const char* name : {"../x.png", "a/../../x.png", "/etc/x.png", "../notes.txt"})
    expect_data_error("the member '" + std::string(name) + "' is absolute or leads outside", [&] {
      open(write_tar("a.tar", {{"a/good.png", "1"}, {name, "2"}}));
    });
}

TEST_F(OpenTest, LinksAndDuplicatesInATarAreRefused) {
  expect_data_error("'a/2.png' is called like an image and is a link", [&] {
    open(write_tar("a.tar", {{"a/1.png", "1"}, {"a/2.png", "", "1.png"}}));
  });
  expect_data_error("'a/2.png' is called like an image and is a link", [&] {
    open(write_tar("a.tar", {{"a/1.png", "1"}, {"a/2.png", "", "", "a/1.png"}}));
  });
  expect_data_error("holds 'a/1.png' twice", [&] {
    open(write_tar("a.tar", {{"a/1.png", "1"}, {"a/./1.png", "2"}}));
  });
}

TEST_F(OpenTest, ATarCutAnywhereIsRefused) {
  std::vector<TarMember> members;
  for (int i = 0; i < 4; ++i) members.push_back({std::to_string(i) + ".png", "content"});
  for (const char* name : {"a.tar", "a.tar.gz", "a.tar.zst", "a.tar.xz"}) {
    const std::string tar = write_tar(name, members);
    const auto size = std::filesystem::file_size(tar);
    const auto unit = std::string(name) == "a.tar" ? 1024U : size / 5;
    for (std::uintmax_t cut = std::string(name) == "a.tar" ? 4096 : size - 1; cut > 0;
         cut = cut > unit ? cut - unit : 0) {
      std::filesystem::resize_file(tar, cut);
      EXPECT_THROW(open(tar), DataError) << name << " cut at " << cut;
    }
  }
}

TEST_F(OpenTest, WhatIsNoTarIsRefused) {
  EXPECT_THROW(open(write("a.tar", "hello")), DataError);
  EXPECT_THROW(open(write("a.tar", "")), DataError);
  EXPECT_THROW(open(path("missing").string()), Error);
}

TEST_F(OpenTest, ATarThatChangesBetweenListingAndReadingIsNoticed) {
  const auto source = open(write_tar("a.tar", {{"1.png", "1"}, {"2.png", "2"}}));
  write_tar("a.tar", {{"1.png", "1"}, {"3.png", "2"}});
  expect_data_error("changed while it was read", [&] { read_all(*source, {0, 1}); });
}

TEST_F(OpenTest, NamesInUtf8AreKept) {
  const std::string name = "k\xC3\xA4se/\xE7\x8C\xAB.png";
  EXPECT_EQ(open(write_tar("a.tar", {{name, "1"}}))->item(0).name, name);
  write("folder/" + name, "1");
  EXPECT_EQ(open(path("folder").string())->item(0).name, name);
}

TEST_F(OpenTest, LinksInAFolderAreFollowedButNotInCircles) {
  write("real/cat/1.png", "1");
  std::filesystem::create_directory(path("set"));
  std::filesystem::create_directory_symlink(path("real/cat"), path("set/cat"));
  std::filesystem::create_directory_symlink(path("real/cat"), path("set/dog"));
  EXPECT_EQ(names_of(*open(path("set").string())), (Names{"cat/1.png", "dog/1.png"}));
  std::filesystem::create_directory_symlink(path("set"), path("real/cat/up"));
  expect_data_error("is a link to a folder above it", [&] { open(path("set").string()); });
}

TEST_F(OpenTest, ALinkToNothingIsRefused) {
  write("set/1.png", "1");
  std::filesystem::create_symlink("missing", path("set/2.png"));
  expect_data_error("is called like an image and is a link to nothing",
                    [&] { open(path("set").string()); });
}

TEST_F(OpenTest, ASourceWithoutImagesSaysWhereItLooked) {
  write("set/train/notes.txt", "1");
  expect_data_error("holds no image", [&] { open(path("set").string()); });
  expect_data_error("under 'train'", [&] { open(path("set").string(), "train"); });
  expect_data_error("under 'test'", [&] { open(path("set").string(), "test"); });
  expect_data_error("holds no image", [&] {
    open(write_tar("a.tar", {{"trainer/x.png", ""}}), "train");
  });
}

TEST_F(OpenTest, AMixtureOfLooseAndClassifiedFilesIsRefused) {
  write("set/cat/1.png", "1");
  write("set/2.png", "2");
  expect_data_error("'2.png' is in no class folder", [&] { open(path("set").string()); });
}

TEST_F(OpenTest, APrefixThatLeadsOutsideIsAUsageError) {
  EXPECT_THROW(open(path(".").string(), "../x"), UsageError);
  EXPECT_THROW(open(path(".").string(), "/x"), UsageError);
}

TEST_F(OpenTest, ItemsDecodeAndFaultsNameTheItem) {
  write("set/cat/1.png", encoded_image(".png", 5, 4, {1, 2, 3}));
  write("set/cat/2.png", "not a png");
  const auto source = open(path("set").string());
  EXPECT_EQ(source->decode(0, read_all(*source, {0}).front()).size(), cv::Size(5, 4));
  expect_data_error("cat/2.png: ", [&] { source->decode(1, read_all(*source, {1}).front()); });
}

TEST_F(OpenTest, WhatTheTakerThrowsPassesThrough) {
  const auto source = open(write_tar("a.tar", {{"1.png", "1"}}));
  EXPECT_THROW(source->read({0}, [](std::size_t, std::string_view) { throw 7; }), int);
}

TEST_F(OpenTest, ASyntheticSetHasDefaultsAndBalancedClasses) {
  const auto source = open("synth:shapes");
  EXPECT_EQ(source->size(), 10000U);
  EXPECT_EQ(source->classes().size(), 10U);
  EXPECT_EQ(source->item(123).name, "00000123");
  EXPECT_EQ(source->item(123).label, 3);
  EXPECT_EQ(read_all(*source, {5, 2}), (Names{"", ""}));
  EXPECT_EQ(source->decode(5, "").size(), cv::Size(32, 32));
  EXPECT_EQ(open("synth:shapes?size=64&count=7")->decode(5, "").size(), cv::Size(64, 64));
  EXPECT_EQ(open("synth:shapes?size=64&count=7")->size(), 7U);
}

TEST_F(OpenTest, AFaultySyntheticAddressIsAUsageError) {
  for (const char* address :
       {"synth:", "synth:cats", "synth:shapes?", "synth:shapes?count=0", "synth:shapes?count=1,5",
        "synth:shapes?count=100000001", "synth:shapes?size=7", "synth:shapes?size=513",
        "synth:shapes?seed=3", "synth:shapes?count=1&count=2", "synth:shapes?count",
        "synth:shapes?count=5&"})
    EXPECT_THROW(open(address), UsageError) << address;
  EXPECT_THROW(open("synth:shapes", "train"), UsageError);
}

}  // namespace
}  // namespace cs::source
