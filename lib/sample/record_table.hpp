/// Lists that people hand to tools: records by name, with or without classes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"

namespace cs::sample {

/// A text file of lines whose columns are separated by tabs. A first line that begins with # names
/// the columns (as the list of cs-show and the index.tsv of an export do); without one, the one
/// column is `name`. Empty lines, carriage returns at the end of a line and a byte order mark are
/// passed over.
class RecordTable {
 public:
  using Row = std::vector<std::string_view>;

  /// Throws Error if the file cannot be read, DataError for a line with another number of columns
  /// or a column named twice.
  explicit RecordTable(const std::filesystem::path& path);

  const std::string& file() const { return file_; }  ///< for messages
  Digest digest() const;                             ///< of its bytes

  bool has(const std::string& column) const;
  /// Throws DataError if there is none of this name.
  std::size_t column(const std::string& name) const;

  /// Calls `take` with every row; its views live as long as the table.
  void each(const std::function<void(const Row& row)>& take) const;

 private:
  template <typename Take>
  void each_line(const Take& take) const;

  std::string file_;
  std::string text_;  ///< as read: rows are cut from it anew each time, a list may be long
  std::vector<std::string> columns_{"name"};
};

}  // namespace cs::sample
