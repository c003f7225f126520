#include "image/record_table.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/parse.hpp"

namespace cs::image {

bool RecordTable::has(const std::string& column) const {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

std::size_t RecordTable::column(const std::string& name) const {
  const auto at = std::find(columns.begin(), columns.end(), name);
  if (at == columns.end())
    throw DataError(
        file, "has no column '" + name + "'; name the columns in a first line: #" + name + " ...");
  return static_cast<std::size_t>(at - columns.begin());
}

RecordTable read_record_table(const std::filesystem::path& path) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
  const std::string text = read_file(path, kMostBytes);
  RecordTable table{path.string(), digest(text), {"name"}, {}};
  const std::vector<std::string> lines = split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string line = lines[i];
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (i == 0 && !line.empty() && line.front() == '#') {
      table.columns = split(line.substr(1), '\t');
      continue;
    }
    if (line.empty() && (table.columns.size() == 1 || i + 1 == lines.size())) continue;
    std::vector<std::string> fields = split(line, '\t');
    if (fields.size() != table.columns.size())
      throw DataError(table.file, "line " + std::to_string(i + 1) + " has " +
                                      std::to_string(fields.size()) + " columns, not " +
                                      std::to_string(table.columns.size()) +
                                      "; cut them by single tabs");
    table.rows.push_back(std::move(fields));
  }
  return table;
}

}  // namespace cs::image
