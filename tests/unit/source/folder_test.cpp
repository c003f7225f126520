#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "source/files.hpp"
#include "support/archives.hpp"

namespace cs::source {
namespace {

using test::read_all;
using test::TemporaryFolder;

using Names = std::vector<std::string>;

class FolderTest : public TemporaryFolder {
 protected:
  static Names sorted_names(const Files& files) {
    Names names;
    for (std::size_t i = 0; i < files.entries().size(); ++i)
      names.emplace_back(files.entries()[i].name);
    std::sort(names.begin(), names.end());
    return names;
  }
};

TEST_F(FolderTest, AllButHiddenFilesAreListed) {
  for (const char* name : {"set/a/1.png", "set/notes.txt", "set/.hidden/x.png", "set/a/.x.png"})
    write(name, name);
  const auto files = open_folder(path("set").string(), "", path("."));
  EXPECT_EQ(sorted_names(*files), (Names{"a/1.png", "notes.txt"}));
  EXPECT_EQ(sorted_names(*open_folder(path("set").string(), "a", path("."))), (Names{"a/1.png"}));
  EXPECT_EQ(files->name(), path("set").string());
  ASSERT_EQ(files->hidden().size(), 2U);
  Names hidden = {std::string(files->hidden()[0].name), std::string(files->hidden()[1].name)};
  std::sort(hidden.begin(), hidden.end());
  EXPECT_EQ(hidden, (Names{".hidden", "a/.x.png"}));
  for (const std::string& bytes : read_all(*files, {0, 1, 0}))
    EXPECT_EQ(bytes.substr(0, 4), "set/");
}

TEST_F(FolderTest, FirstBytesTellWhatNamesDoNot) {
  write("set/a", "GIF89a...");
  write("set/b.png", "not looked at");
  write("set/c", "text");
  ASSERT_EQ(::mkfifo(path("set/d").c_str(), 0600), 0);  // to open it would wait for ever
  const auto files = open_folder(path("set").string(), "", path("."));
  for (std::size_t i = 0; i < files->entries().size(); ++i) {
    const Entry entry = files->entries()[i];
    EXPECT_EQ(entry.kind, entry.name == "a"   ? formats::FileKind::kGif
                          : entry.name == "c" ? formats::FileKind::kText
                                              : formats::FileKind::kUnknown)
        << entry.name;
  }
}

TEST_F(FolderTest, WhatIsNoFileIsMarked) {
  write("set/1.png", "1");
  std::filesystem::create_symlink("missing", path("set/2.png"));
  ASSERT_EQ(::mkfifo(path("set/3.png").c_str(), 0600), 0);
  const auto files = open_folder(path("set").string(), "", path("."));
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(files->entries()[i].regular, files->entries()[i].name == "1.png");
}

TEST_F(FolderTest, AFileThatVanishesIsAnError) {
  write("set/1.png", "1");
  const auto files = open_folder(path("set").string(), "", path("."));
  std::filesystem::remove(path("set/1.png"));
  EXPECT_THROW(read_all(*files, {0}), Error);
  EXPECT_THROW(files->open(0), Error);
  EXPECT_THROW(open_folder(path("missing").string(), "", path(".")), Error);
}

TEST_F(FolderTest, AFileOver256MiBIsRefused) {
  write("set/1.png", "1");
  std::filesystem::resize_file(path("set/1.png"), kMostFileBytes + 1);
  const auto files = open_folder(path("set").string(), "", path("."));
  EXPECT_THROW(read_all(*files, {0}), DataError);
}

TEST_F(FolderTest, AFileIsTheFirstAndItsNeighborsFollow) {
  write("set/x", "1");
  write("set/a", "22");
  write("set/deep/b", "3");
  const auto files = open_file(path("set/x").string(), path("."));
  EXPECT_EQ(files->entries()[0].name, "x");
  EXPECT_EQ(sorted_names(*files), (Names{"a", "x"}));
  EXPECT_EQ(files->open(0)->read(0, 1), "1");
  EXPECT_EQ(files->open(1)->size(), 2U);
}

}  // namespace
}  // namespace cs::source
