/// Numbered places in a folder, each held by at most one process.
#pragma once

#include <cstdint>
#include <filesystem>

namespace cs::answers {

/// A place `FOLDER/NUMBER`, a file that this object keeps locked (flock). The kernel unlocks it
/// when the process dies, however it dies, so nothing depends on time-outs or process ids.
class Slot {
 public:
  /// Takes the lowest free number; makes the folder if needed. Throws Error if it cannot.
  explicit Slot(const std::filesystem::path& folder);
  ~Slot();
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  std::uint32_t number() const { return number_; }

  /// Whether a living process, this one included, holds the place.
  static bool held(const std::filesystem::path& folder, std::uint32_t number);

 private:
  std::uint32_t number_ = 0;
  int fd_ = -1;
};

}  // namespace cs::answers
