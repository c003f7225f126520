#include "core/stop.hpp"

#include <atomic>

namespace cs {
namespace {

std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free, "used in a signal handler");

}  // namespace

void request_stop(int signal) noexcept { received = signal; }

int stop_requested() noexcept { return received; }

void check_stop() {
  if (const int signal = stop_requested(); signal != 0) throw Stopped{signal};
}

}  // namespace cs
