#include "cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace cs::cli {
namespace {

using Clock = std::chrono::steady_clock;

bool can_redraw() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (term == nullptr || std::string_view(term) != "dumb");
}

double seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

Progress::Progress(std::string unit, std::uint64_t total, Verbosity verbosity)
    : unit_(std::move(unit)),
      total_(total),
      on_(verbosity != Verbosity::kQuiet && can_redraw()),
      begin_(Clock::now()),
      drawn_(begin_) {}

Progress::~Progress() {
  if (on_) std::fputs("\r\x1B[K", stderr);
}

void Progress::add(std::uint64_t done) {
  done_ += done;
  if (!on_ || seconds(Clock::now() - drawn_) < 0.1) return;
  draw();
}

void Progress::note(const std::string& line) {
  if (!on_) return;
  std::fprintf(stderr, "\r\x1B[K%s\n", line.c_str());
  draw();
}

void Progress::draw() {
  drawn_ = Clock::now();
  const double rate = static_cast<double>(done_) / std::max(seconds(drawn_ - begin_), 1e-9);
  const double left = static_cast<double>(total_ - std::min(done_, total_)) / std::max(rate, 1e-9);
  std::fprintf(stderr, "\r\x1B[K%llu of %llu %s, %.0f/s, %.0f s left",
               static_cast<unsigned long long>(done_), static_cast<unsigned long long>(total_),
               unit_.c_str(), rate, left);
  std::fflush(stderr);
}

}  // namespace cs::cli
