#include "cli/progress.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace cs::cli {
namespace {

/// Makes stderr a terminal (or a file that is none) while it lives, and reads what is drawn there.
class Screen {
 public:
  explicit Screen(bool terminal = true) : saved_(::dup(STDERR_FILENO)) {
    ::setenv("TERM", "xterm", 1);
    if (terminal) {
      reader_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
      ::grantpt(reader_);
      ::unlockpt(reader_);
    }
    const int slave = ::open(terminal ? ::ptsname(reader_) : "/dev/null", O_RDWR | O_NOCTTY);
    EXPECT_GE(slave, 0);
    ::dup2(slave, STDERR_FILENO);
    ::close(slave);
  }
  ~Screen() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    if (reader_ >= 0) ::close(reader_);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  std::string text() const {
    std::array<char, 4096> buffer{};
    std::string all;
    for (ssize_t n = 1; reader_ >= 0 && n > 0;) {
      n = ::read(reader_, buffer.data(), buffer.size());
      if (n > 0) all.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

 private:
  int saved_;
  int reader_ = -1;
};

void wait(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

std::string drawn_by(Verbosity verbosity) {
  const Screen screen;
  {
    Progress progress("images", 2, verbosity);
    wait(150);
    progress.add(1);
    progress.note("a line");
  }
  return screen.text();
}

TEST(Progress, DrawsCountRateAndTheTimeForWhatIsLeft) {
  const Screen screen;
  Progress progress("images", 10, Verbosity::kNormal);
  wait(1100);
  progress.add(1);
  const std::string first = screen.text();
  EXPECT_NE(first.find("1 of 10 images, 1/s, "), std::string::npos) << first;
  EXPECT_EQ(first.find(" 0 s left"), std::string::npos) << first;
  wait(150);
  progress.add(9);
  const std::string last = screen.text();
  EXPECT_NE(last.find("10 of 10 images, "), std::string::npos) << last;
  EXPECT_NE(last.find(", 0 s left"), std::string::npos) << last;
}

TEST(Progress, RedrawsAtMostTenTimesASecondAndLeavesAnEmptyLine) {
  const Screen screen;
  {
    Progress progress("images", 1000, Verbosity::kNormal);
    for (int i = 0; i < 100; ++i) progress.add(1);
  }
  EXPECT_EQ(screen.text(), "\r\x1B[K");
}

TEST(Progress, NotesStayAboveTheLine) {
  EXPECT_NE(drawn_by(Verbosity::kNormal).find("\x1B[Ka line\r\n"), std::string::npos);
}

TEST(Progress, IsSilentIfQuietOrNotOnATerminalThatCanBeRedrawn) {
  EXPECT_EQ(drawn_by(Verbosity::kQuiet), "");
  const Screen screen(/*terminal=*/false);
  testing::internal::CaptureStderr();
  {
    Progress progress("images", 1, Verbosity::kNormal);
    wait(150);
    progress.add(1);
    progress.note("a line");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, IsSilentOnADumbTerminal) {
  const Screen screen;
  ::setenv("TERM", "dumb", 1);
  {
    Progress progress("images", 1, Verbosity::kNormal);
    wait(150);
    progress.add(1);
  }
  EXPECT_EQ(screen.text(), "");
}

}  // namespace
}  // namespace cs::cli
