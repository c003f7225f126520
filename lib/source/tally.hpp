/// Names counted, of which a few are kept for a sentence.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace cs::source {

/// Counts all; keeps the first `most_named` in byte order, whatever the order they come in.
class Tally {
 public:
  explicit Tally(std::size_t most_named) : most_named_(most_named) {}
  void add(std::string_view name);
  std::uint64_t count() const { return count_; }
  /// "3 files", "1 file".
  std::string count_of(const std::string& noun) const;
  /// "a, b, ...", printable.
  std::string names() const;

 private:
  std::size_t most_named_;
  std::uint64_t count_ = 0;
  std::set<std::string, std::less<>> first_;
};

}  // namespace cs::source
