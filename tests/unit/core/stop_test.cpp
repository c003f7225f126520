#include "core/stop.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace cs {
namespace {

class Stop : public testing::Test {
 protected:
  ~Stop() override { request_stop(0); }
};

TEST_F(Stop, IsNotThrownUnlessRequested) {
  EXPECT_EQ(stop_requested(), 0);
  EXPECT_NO_THROW(check_stop());
}

TEST_F(Stop, CarriesTheSignal) {
  request_stop(SIGTERM);
  EXPECT_EQ(stop_requested(), SIGTERM);
  try {
    check_stop();
    FAIL() << "went on";
  } catch (const Stopped& stopped) {
    EXPECT_EQ(stopped.signal, SIGTERM);
  }
}

}  // namespace
}  // namespace cs
