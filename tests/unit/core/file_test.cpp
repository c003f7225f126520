#include "core/file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "support/file_limit.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs {
namespace {

using test::TempDir;
using test::thrown;

void put(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(WriteFile, ThatFindsNoRoomLeavesTheOldFile) {
  const TempDir dir;
  put(dir / "out", "old");
  {
    const test::FileSizeLimit limit(1000);
    const std::string message =
        thrown<Error>([&] { write_file(dir / "out", std::string(5000, 'x'), Overwrite::kAllow); });
    EXPECT_NE(message.find("cannot write: File too large"), std::string::npos) << message;
  }
  EXPECT_EQ(dir.list(), std::vector<std::string>{"out"});
  EXPECT_EQ(read_file(dir / "out"), "old");
}

TEST(WriteFile, SaysThatAFolderCannotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const TempDir dir;
  std::filesystem::permissions(
      dir.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const std::string message =
      thrown<Error>([&] { write_file(dir / "out", "x", Overwrite::kRefuse); });
  EXPECT_NE(message.find("Permission denied"), std::string::npos) << message;
  std::filesystem::permissions(dir.path(), std::filesystem::perms::owner_all);
}

TEST(ReadFile, SaysWhatCannotBeRead) {
  const TempDir dir;
  put(dir / "big", "12345");
  EXPECT_EQ(read_file(dir / "big", 5), "12345");
  EXPECT_THROW(read_file(dir / "big", 4), DataError);
  const std::string missing = thrown<Error>([&] { read_file(dir / "none"); });
  EXPECT_NE(missing.find("none: cannot open: No such file"), std::string::npos) << missing;
  const std::string folder = thrown<Error>([&] { read_file(dir.path()); });
  EXPECT_NE(folder.find("is a folder"), std::string::npos) << folder;
}

TEST(RefuseSameFile, SeesThroughLinks) {
  const TempDir dir;
  put(dir / "in", "x");
  std::filesystem::create_symlink("in", dir / "soft");
  std::filesystem::create_hard_link(dir / "in", dir / "hard");
  const std::vector<std::filesystem::path> inputs = {dir / "none", dir / "in"};
  for (const char* name : {"in", "soft", "hard", "./in"})
    EXPECT_THROW(refuse_same_file(dir / name, inputs), UsageError) << name;
  EXPECT_NO_THROW(refuse_same_file(dir / "out", inputs));
}

}  // namespace
}  // namespace cs
