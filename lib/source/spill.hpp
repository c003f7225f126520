/// Byte strings put away on disk, for what arrives in another order than it is wanted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/file_bytes.hpp"

namespace cs::source {

/// An unlinked temporary file of byte strings under numbers; gone when destroyed or killed.
class Spill {
 public:
  /// Nothing is opened before the first put().
  explicit Spill(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Throws Error if the file cannot be made or written.
  void put(std::size_t number, std::string_view bytes);
  bool holds(std::size_t number) const;
  /// What was put under `number`, which is then forgotten.
  std::string take(std::size_t number);

 private:
  static constexpr std::uint64_t kNowhere = UINT64_MAX;
  struct Range {
    std::uint64_t offset = kNowhere;
    std::uint64_t size = 0;
  };

  std::filesystem::path folder_;
  std::unique_ptr<FileBytes> file_;
  std::vector<Range> where_;  ///< by number: of a million, a map would take three times as much
};

}  // namespace cs::source
