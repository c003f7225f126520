/// Progress on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/run_tool.hpp"

namespace cs::cli {

/// One line on stderr with count, rate and time left, redrawn at most ten times a second and
/// removed when done. Draws only on a terminal that can be redrawn (TERM is not "dumb"), and not if
/// the tool is quiet.
class Progress {
 public:
  Progress(std::string unit, std::uint64_t total, Verbosity verbosity);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t done);
  /// Prints a line that stays, above the progress line; nothing if quiet or not on a terminal.
  void note(const std::string& line);

 private:
  void draw();

  std::string unit_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  bool on_;
  std::chrono::steady_clock::time_point begin_, drawn_;
};

}  // namespace cs::cli
