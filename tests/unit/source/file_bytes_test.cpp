#include "source/file_bytes.hpp"

#include <gtest/gtest.h>

#include "support/archives.hpp"
#include "support/file_limit.hpp"

namespace cs::source {
namespace {

using test::expect_data_error;
using test::TemporaryFolder;

using FileBytesTest = TemporaryFolder;

TEST_F(FileBytesTest, AnyPartCanBeRead) {
  const FileBytes file(write("a", "hello world"));
  EXPECT_EQ(file.size(), 11U);
  EXPECT_EQ(file.read(6, 5), "world");
  EXPECT_EQ(file.read(11, 0), "");
  EXPECT_EQ(file.name(), path("a").string());
}

TEST_F(FileBytesTest, WhatLiesBeyondTheEndIsCutShort) {
  const FileBytes file(write("a", "hello"));
  expect_data_error("is cut short", [&] { file.read(0, 6); });
  expect_data_error("is cut short", [&] { file.read(6, 0); });
  expect_data_error("is cut short", [&] { file.read(5, UINT64_MAX); });
  expect_data_error("is cut short", [&] { file.read(UINT64_MAX, 2); });
}

TEST_F(FileBytesTest, AFileThatShrinksIsNoticed) {
  const FileBytes file(write("a", "hello"));
  std::filesystem::resize_file(path("a"), 3);
  EXPECT_EQ(file.read(0, 3), "hel");
  expect_data_error("became shorter while it was read", [&] { file.read(0, 5); });
}

TEST_F(FileBytesTest, AMissingFileIsNamed) {
  EXPECT_THROW(FileBytes(path("missing")), Error);
  EXPECT_THROW(FileBytes::temporary(path("missing"), "x"), Error);
}

TEST_F(FileBytesTest, ATemporaryFileGrowsAndHasNoName) {
  const auto file = FileBytes::temporary(path("."), "a.tar:b");
  file->append("hello ");
  file->append("world");
  EXPECT_EQ(file->size(), 11U);
  EXPECT_EQ(file->read(4, 5), "o wor");
  EXPECT_EQ(file->name(), "a.tar:b");
  EXPECT_TRUE(std::filesystem::is_empty(path(".")));
}

TEST_F(FileBytesTest, AFullDiskIsAnError) {
  const auto file = FileBytes::temporary(path("."), "x");
  const test::FileSizeLimit limit(1000);
  EXPECT_THROW(file->append(std::string(2000, 'x')), Error);
}

}  // namespace
}  // namespace cs::source
