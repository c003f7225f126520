/// Lists that people hand to tools: records by name, with or without classes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/hash.hpp"

namespace cs::image {

/// A text file of lines cut by tabs. A first line that begins with # names the columns (as
/// `cs-show --list` and the index.tsv of an export do); without one, the one column is `name`.
struct RecordTable {
  std::string file;  ///< for messages
  Digest digest;     ///< of its bytes
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  bool has(const std::string& column) const;
  /// Throws DataError if there is none of this name.
  std::size_t column(const std::string& name) const;
};

/// Throws Error if the file cannot be read, DataError for a line with another number of columns.
RecordTable read_record_table(const std::filesystem::path& path);

}  // namespace cs::image
