#include "core/pending.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/temp_dir.hpp"

namespace cs {
namespace fs = std::filesystem;
namespace {

using test::TempDir;

void put(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// The number of a process that is no more.
pid_t dead_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST(PendingFile, PublishesUnderItsNameAndLeavesNothingElse) {
  const TempDir dir;
  Pending file = Pending::file(dir / "out", Overwrite::kRefuse);
  put(file.temporary(), "new");
  EXPECT_FALSE(std::filesystem::exists(dir / "out"));
  file.publish();
  EXPECT_EQ(dir.list(), std::vector<std::string>{"out"});
  EXPECT_EQ(read_file(dir / "out"), "new");
}

TEST(PendingFile, DestroyedUnpublishedLeavesTheOldFile) {
  const TempDir dir;
  put(dir / "out", "old");
  {
    const Pending file = Pending::file(dir / "out", Overwrite::kAllow);
    put(file.temporary(), "new");
  }
  EXPECT_EQ(dir.list(), std::vector<std::string>{"out"});
  EXPECT_EQ(read_file(dir / "out"), "old");
}

TEST(PendingFile, RefusesToReplaceAFileUnlessAllowed) {
  const TempDir dir;
  put(dir / "out", "old");
  EXPECT_THROW(Pending::file(dir / "out", Overwrite::kRefuse), UsageError);
  write_file(dir / "out", "new", Overwrite::kAllow);
  EXPECT_EQ(read_file(dir / "out"), "new");
}

TEST(PendingFile, RefusesToReplaceAFileThatAppearedMeanwhile) {
  const TempDir dir;
  Pending file = Pending::file(dir / "out", Overwrite::kRefuse);
  put(file.temporary(), "new");
  put(dir / "out", "another's");
  EXPECT_THROW(file.publish(), Error);
  EXPECT_EQ(read_file(dir / "out"), "another's");
}

TEST(PendingFile, RefusesAFolderAndAMissingFolder) {
  const TempDir dir;
  EXPECT_THROW(Pending::file(dir.path(), Overwrite::kAllow), UsageError);
  EXPECT_THROW(Pending::file(dir.path() / "", Overwrite::kAllow), UsageError);
  EXPECT_THROW(Pending::file(dir / "no/such/out", Overwrite::kAllow), Error);
  EXPECT_TRUE(dir.list().empty());
}

TEST(PendingFile, RefusesADeviceEvenIfItMayReplace) {
  EXPECT_THROW(Pending::file("/dev/null", Overwrite::kAllow), UsageError);
}

TEST(PendingFile, RemovesTemporariesOfDeadProcessesOnly) {
  const TempDir dir;
  const std::string dead = ".tmp." + std::to_string(dead_process());
  const std::string living = ".tmp." + std::to_string(::getppid());
  put(dir / ("out" + dead), "stale");
  const std::vector<std::string> kept = {"out" + living, "other" + dead, "out.tmp.",
                                         "out.tmp.12x",  "out.tmp.-5",   "out.tmp.0"};
  for (const std::string& name : kept) put(dir / name, "kept");
  const Pending file = Pending::file(dir / "out", Overwrite::kRefuse);
  EXPECT_FALSE(std::filesystem::exists(dir / ("out" + dead)));
  for (const std::string& name : kept) EXPECT_TRUE(std::filesystem::exists(dir / name)) << name;
}

TEST(PendingFile, StartsAfreshWhereADeadProcessHadItsNumber) {
  const TempDir dir;
  put(dir / ("out.tmp." + std::to_string(::getpid())), "half of another's");
  const Pending file = Pending::file(dir / "out", Overwrite::kRefuse);
  EXPECT_FALSE(std::filesystem::exists(file.temporary()));
}

TEST(PendingFile, MovedFromRemovesNothing) {
  const TempDir dir;
  Pending file = Pending::file(dir / "out", Overwrite::kRefuse);
  put(file.temporary(), "new");
  {
    Pending other = std::move(file);
    Pending last = std::move(other);
    last.publish();
  }
  EXPECT_EQ(read_file(dir / "out"), "new");
}

TEST(PendingFolder, HasItsNameOncePublished) {
  const TempDir dir;
  Pending folder = Pending::folder(dir / "out");
  put(folder.temporary() / "a", "1");
  EXPECT_FALSE(fs::exists(dir / "out"));
  folder.publish();
  EXPECT_EQ(read_file(dir / "out" / "a"), "1");
  EXPECT_EQ(dir.list(), std::vector<std::string>{"out"});
}

TEST(PendingFolder, LeavesNothingUnlessPublished) {
  const TempDir dir;
  {
    const Pending folder = Pending::folder(dir / "out/");
    put(folder.temporary() / "a", "1");
    EXPECT_EQ(folder.target(), dir / "out");
  }
  EXPECT_TRUE(dir.list().empty());
}

TEST(PendingFolder, IsEmptyWhateverDeadProcessesLeft) {
  const TempDir dir;
  for (const pid_t pid : {::getpid(), dead_process()}) {
    const fs::path left = dir / ("out.tmp." + std::to_string(pid));
    fs::create_directory(left);
    put(left / "old", "x");
  }
  const Pending folder = Pending::folder(dir / "out");
  EXPECT_TRUE(fs::is_empty(folder.temporary()));
  EXPECT_EQ(dir.list(), std::vector<std::string>{folder.temporary().filename().string()});
}

TEST(PendingFolder, RefusesATargetThatExistsNowOrInTheEnd) {
  const TempDir dir;
  put(dir / "file", "x");
  EXPECT_THROW(Pending::folder(dir / "file"), UsageError);
  fs::create_symlink("nowhere", dir / "link");
  EXPECT_THROW(Pending::folder(dir / "link"), UsageError);
  EXPECT_THROW(Pending::folder(dir / "missing/out"), Error);
  Pending late = Pending::folder(dir / "late");
  put(dir / "late", "of another");
  EXPECT_THROW(late.publish(), Error);
  EXPECT_EQ(read_file(dir / "late"), "of another");
}

TEST(PendingSet, RemovesAFolderThatItMadeIfNothingCameIntoIt) {
  const TempDir dir;
  { const Pending set = Pending::set(dir / "set"); }
  EXPECT_FALSE(fs::exists(dir / "set"));
  {
    const Pending set = Pending::set(dir / "set");
    put(dir / "set/of another", "x");
  }
  EXPECT_TRUE(fs::exists(dir / "set/of another"));
}

TEST(PendingSet, KeepsAFolderThatWasThereOrThatIsPublished) {
  const TempDir dir;
  fs::create_directory(dir / "old");
  { const Pending set = Pending::set(dir / "old"); }
  EXPECT_TRUE(fs::exists(dir / "old"));
  {
    Pending set = Pending::set(dir / "new");
    const Pending moved = std::move(set);
    EXPECT_TRUE(fs::exists(dir / "new"));
  }
  EXPECT_FALSE(fs::exists(dir / "new"));
  Pending::set(dir / "new").publish();
  EXPECT_TRUE(fs::exists(dir / "new"));
}

TEST(PendingSet, CannotStandInAFile) {
  const TempDir dir;
  put(dir / "file", "x");
  EXPECT_THROW(Pending::set(dir / "file/set"), Error);
  EXPECT_EQ(read_file(dir / "file"), "x");
}

}  // namespace
}  // namespace cs
