#include "exports/pending_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/archives.hpp"

namespace cs::exports {
namespace fs = std::filesystem;
namespace {

using test::TemporaryFolder;

using PendingFolderTest = TemporaryFolder;

TEST_F(PendingFolderTest, HasItsNameOncePublished) {
  PendingFolder folder(path("out"));
  write_file(folder.temporary() / "a", "1", Overwrite::kRefuse);
  EXPECT_FALSE(fs::exists(path("out")));
  folder.publish();
  EXPECT_EQ(read_file(path("out") / "a"), "1");
  EXPECT_FALSE(fs::exists(path("out.tmp." + std::to_string(::getpid()))));
}

TEST_F(PendingFolderTest, LeavesNothingUnlessPublished) {
  {
    const PendingFolder folder(path("out/"));
    write_file(folder.temporary() / "a", "1", Overwrite::kRefuse);
  }
  EXPECT_TRUE(fs::is_empty(path(".")));
}

TEST_F(PendingFolderTest, IsEmptyWhateverAnEarlierProcessOfOurNumberLeft) {
  write("out.tmp." + std::to_string(::getpid()) + "/old", "x");
  const PendingFolder folder(path("out"));
  EXPECT_TRUE(fs::is_empty(folder.temporary()));
}

TEST_F(PendingFolderTest, RefusesATargetThatExistsNowOrInTheEnd) {
  write("file", "x");
  EXPECT_THROW(PendingFolder(path("file")), UsageError);
  fs::create_symlink("nowhere", path("link"));
  EXPECT_THROW(PendingFolder(path("link")), UsageError);
  EXPECT_THROW(PendingFolder(path("missing/out")), Error);
  PendingFolder late(path("late"));
  write("late", "of another");
  EXPECT_THROW(late.publish(), Error);
  EXPECT_EQ(read_file(path("late")), "of another");
}

}  // namespace
}  // namespace cs::exports
