#include <gtest/gtest.h>

#include "source/files.hpp"
#include "source/images.hpp"
#include "source/kinds.hpp"
#include "source/unpack.hpp"
#include "support/archives.hpp"

namespace cs::source {
namespace {

using test::encoded_image;
using test::expect_data_error;
using test::kTarEnd;
using test::read_all;
using test::tar_blocks;
using test::tar_header;
using test::TemporaryFolder;

using Names = std::vector<std::string>;

class TarTest : public TemporaryFolder {
 protected:
  std::unique_ptr<Files> open(const std::string& archive) const {
    return open_archive(archive, path("."));
  }
};

Names names(const Files& files) {
  Names all;
  for (std::size_t i = 0; i < files.entries().size(); ++i)
    all.emplace_back(files.entries()[i].name);
  return all;
}

TEST_F(TarTest, TarsAndZipsAreTheSame) {
  const std::vector<TarMember> members = {
      {"b/2.png", "two"}, {"a.txt", ""}, {"b/1.png", std::string(9000, 'x')}};
  Names archives;
  for (const char* name : {"a.tar", "a.tar.gz", "a.tar.xz", "a.tar.zst"})
    archives.push_back(write_tar(name, members));
  archives.push_back(write_zip("a.zip", members, "store"));
  archives.push_back(write_zip("b.zip", members, "deflate"));
  for (const std::string& archive : archives) {
    EXPECT_TRUE(is_archive(archive)) << archive;
    const auto files = open(archive);
    EXPECT_EQ(names(*files), (Names{"b/2.png", "a.txt", "b/1.png"})) << archive;
    EXPECT_EQ(read_all(*files, {2, 0, 2}), (Names{members[2].bytes, "two", members[2].bytes}));
    EXPECT_EQ(files->open(0)->read(0, 3), "two");
    EXPECT_EQ(files->open(0)->name(), archive + ":b/2.png");
  }
}

TEST_F(TarTest, ConcatenatedTarsAreOne) {
  const std::string first = read_file(write_tar("a.tar", {{"1.png", "1"}}));
  const std::string second = read_file(write_tar("b.tar", {{"2.png", "2"}}));
  EXPECT_EQ(names(*open(write("both.tar", first + second))), (Names{"1.png", "2.png"}));
}

TEST_F(TarTest, MembersThatLeadOutsideAreRefusedWhateverTheyAre) {
  for (const char type : {'0', '1', '2', '5', '6'})
    for (const char* name : {"../x", "/etc/x", "a/../../x"})
      expect_data_error("is absolute or leads outside",
                        [&] { open(write("a.tar", tar_header(name, 0, type, "y") + kTarEnd)); });
}

TEST_F(TarTest, LinksDevicesAndPipesAreNoFiles) {
  for (const char type : {'1', '2', '3', '4', '6'}) {
    const auto files = open(write("a.tar", tar_header("1.png", 0, type, "/etc/passwd") + kTarEnd));
    ASSERT_EQ(files->entries().size(), 1U) << type;
    EXPECT_FALSE(files->entries()[0].regular) << type;
    expect_data_error("is a link to nothing or no file", [&] {
      Operand operand(path("a.tar").string(), {});
      kImages.open(operand);
    });
  }
}

TEST_F(TarTest, ASparseFileIsRefusedBeforeItFillsTheDisk) {
  // GNU's old format: 1 byte of data at 0 of a file of 8 GiB - 1
  std::string header = tar_header("a.npy", 1, 'S');
  header.replace(257, 8, std::string("ustar  \0", 8));
  header.replace(386, 11, "00000000000");
  header.replace(398, 11, "00000000001");
  header.replace(483, 11, "77777777777");
  header.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%06o", sum);
  header.replace(148, 7, std::string(digits.data(), 7));
  const auto files = open(write("a.tar", header + tar_blocks("x") + kTarEnd));
  expect_data_error("'a.npy' is a sparse file", [&] { files->open(0); });
  expect_data_error("'a.npy' is a sparse file", [&] { read_all(*files, {0}); });
}

TEST_F(TarTest, FirstBytesTellWhatNamesDoNot) {
  const std::vector<TarMember> members = {{"a/img", encoded_image(".png", 3, 2, {1, 2, 3})},
                                          {"b.cls", "7"},
                                          {"c.png", "named like an image, so not looked at"},
                                          {"d", "text"},
                                          {"e", ""},
                                          {"f", "", "d"},
                                          {"g.gif", "GIF89a" + std::string(10'000, 'x')}};
  using formats::FileKind;
  const std::vector<FileKind> kinds = {FileKind::kPng,  FileKind::kUnknown, FileKind::kUnknown,
                                       FileKind::kText, FileKind::kEmpty,   FileKind::kUnknown,
                                       FileKind::kGif};
  for (const std::string& archive :
       {write_tar("a.tar", members), write_tar("a.tar.zst", members)}) {
    const auto files = open(archive);
    ASSERT_EQ(files->entries().size(), kinds.size());
    for (std::size_t i = 0; i < kinds.size(); ++i)
      EXPECT_EQ(files->entries()[i].kind, kinds[i]) << archive << ' ' << i;
    EXPECT_EQ(files->entries()[1].text, "7");
  }
  const std::vector<TarMember> files_only(members.begin(), members.begin() + 4);
  for (const char* compression : {"store", "deflate"}) {
    const auto zip = open(write_zip("a.zip", files_only, compression));
    for (std::size_t i = 0; i < files_only.size(); ++i)
      EXPECT_EQ(zip->entries()[i].kind, kinds[i]) << compression << ' ' << i;
  }
}

TEST_F(TarTest, HiddenMembersAreListedApart) {
  const std::vector<TarMember> members = {{"a/1.png", "1"},
                                          {"a/._1.png", "x"},
                                          {".git/x", "1"},
                                          {".git/y/z", "2"},
                                          {"b/.c/d.png", "3"}};
  for (const std::string& archive :
       {write_tar("a.tar", members), write_zip("a.zip", members, "store")}) {
    const auto files = open(archive);
    EXPECT_EQ(names(*files), (Names{"a/1.png"}));
    ASSERT_EQ(files->hidden().size(), 3U) << archive;
    EXPECT_EQ(files->hidden()[0].name, "a/._1.png");
    EXPECT_EQ(files->hidden()[1].name, ".git");
    EXPECT_EQ(files->hidden()[2].name, "b/.c");
  }
}

TEST_F(TarTest, AMemberThatClaimsMoreThanThereIsIsRefused) {
  expect_data_error("not a whole archive", [&] {
    open(write("a.tar", tar_header("1.png", 1 << 20) + tar_blocks("x") + kTarEnd));
  });
  expect_data_error("'1.png' is over 262144 KiB", [&] {
    std::string tar = tar_header("1.png", kMostFileBytes + 1);
    write("a.tar", tar);
    std::filesystem::resize_file(path("a.tar"), 512 + kMostFileBytes + 512 + 1024);
    read_all(*open(path("a.tar").string()), {0});
  });
}

TEST_F(TarTest, AnArchiveThatShrinksOrVanishesIsNoticed) {
  const auto files = open(write_tar("a.tar", {{"1.png", "1"}, {"2.png", "2"}}));
  std::filesystem::resize_file(path("a.tar"), 1024);
  EXPECT_THROW(read_all(*files, {1}), DataError);
  std::filesystem::remove(path("a.tar"));
  EXPECT_THROW(read_all(*files, {0}), Error);
  EXPECT_THROW(files->open(0), Error);
}

TEST_F(TarTest, PackedFilesAreUnpackedOnce) {
  const auto unpacked = [&](const std::string& file, std::uint64_t most = 0) {
    return unpack(std::make_unique<FileBytes>(file), path("."), most);
  };
  EXPECT_EQ(unpacked(write("plain", "hello"))->read(0, 5), "hello");
  EXPECT_EQ(unpacked(write("empty", ""))->size(), 0U);
  for (const char* name : {"a.tar.gz", "a.tar.xz", "a.tar.zst"}) {
    const std::string packed = write_tar(name, {{"1.png", std::string(2'000'000, 'x')}});
    const auto file = unpacked(packed);
    EXPECT_EQ(file->read(0, 5), "1.png") << name;
    EXPECT_EQ(file->name(), packed);
    EXPECT_GE(file->size(), 2'000'000U);
    expect_data_error("unpacks to over 1 GiB and 100 times its size",
                      [&] { unpacked(packed, 1'000'000); });
    const std::string bytes = read_file(packed);
    for (std::size_t size = 6; size < bytes.size(); size += bytes.size() / 7)
      EXPECT_THROW(unpacked(write("cut", bytes.substr(0, size))), DataError) << name << ' ' << size;
  }
}

TEST_F(TarTest, WhatIsNoArchiveIsNone) {
  for (const char* bytes : {"", "hello", "PK", "\x1F\x8B", "\x89PNG\r\n\x1A\n"})
    EXPECT_FALSE(is_archive(write("a", bytes))) << bytes;
  EXPECT_FALSE(is_archive(path("missing").string()));
}

}  // namespace
}  // namespace cs::source
