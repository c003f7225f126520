#include "answers/slot.hpp"

#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <sys/wait.h>
#include <unistd.h>

#include "support/temp_dir.hpp"

namespace cs::answers {
namespace {

TEST(Slot, IsTheLowestThatIsFree) {
  const test::TempDir dir;
  const Slot first(dir / "slots");
  {
    const Slot second(dir / "slots");
    EXPECT_EQ(first.number(), 0U);
    EXPECT_EQ(second.number(), 1U);
    EXPECT_TRUE(Slot::held(dir / "slots", 1));
  }
  EXPECT_FALSE(Slot::held(dir / "slots", 1));
  EXPECT_EQ(Slot(dir / "slots").number(), 1U);
  EXPECT_FALSE(Slot::held(dir / "slots", 7));  // nobody ever had it
}

TEST(Slot, IsFreedByTheKernelWhenItsProcessIsKilled) {
  const test::TempDir dir;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const Slot slot(dir / "slots");
    (void)!::write(ready[1], "x", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_TRUE(Slot::held(dir / "slots", 0));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(Slot::held(dir / "slots", 0));
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace cs::answers
