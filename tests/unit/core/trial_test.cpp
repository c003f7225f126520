#include "core/trial.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace cs {
namespace {

TEST(Trial, SurvivesWhatReturnsOrThrows) {
  EXPECT_EQ(killed_by([] {}), 0);
  EXPECT_EQ(killed_by([] { throw std::runtime_error("no"); }), 0);
}

TEST(Trial, NamesTheSignalThatKilled) {
  EXPECT_EQ(killed_by([] { std::raise(SIGSEGV); }), SIGSEGV);
  EXPECT_EQ(killed_by([] { std::abort(); }), SIGABRT);
}

TEST(Trial, ChangesNothingHere) {
  int here = 1;
  killed_by([&] { here = 2; });
  EXPECT_EQ(here, 1);
}

TEST(Trial, SaysNothing) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  killed_by([] {
    std::cout << "out" << std::endl;
    std::cerr << "error" << std::endl;
  });
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Trial, IsStoppedByTheUsualSignalsWhateverThisProcessDoesAboutThem) {
  const auto before = std::signal(SIGTERM, SIG_IGN);
  EXPECT_EQ(killed_by([] { std::raise(SIGTERM); }), SIGTERM);
  std::signal(SIGTERM, before);
}

}  // namespace
}  // namespace cs
