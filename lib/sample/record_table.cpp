#include "sample/record_table.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/parse.hpp"

namespace cs::sample {
namespace {

RecordTable::Row cut(std::string_view line) {
  RecordTable::Row fields;
  for (;;) {
    const std::size_t tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

}  // namespace

RecordTable::RecordTable(const std::filesystem::path& path) : file_(path.string()) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
  text_ = read_file(path, kMostBytes);
  each_line([this](std::size_t number, std::string_view line) {
    if (number == 1 && line.front() == '#') {
      columns_ = split(line.substr(1), '\t');
      for (const std::string& name : columns_)
        if (std::count(columns_.begin(), columns_.end(), name) > 1)
          throw DataError(file_, "has two columns '" + printable(name) + "'; keep one");
      return;
    }
    const auto fields = static_cast<std::size_t>(std::count(line.begin(), line.end(), '\t')) + 1;
    if (fields != columns_.size())
      throw DataError(file_, "line " + std::to_string(number) + " has " + std::to_string(fields) +
                                 " columns, not " + std::to_string(columns_.size()) +
                                 "; name the columns in a first line that begins with #, and cut "
                                 "them by single tabs");
  });
}

Digest RecordTable::digest() const { return cs::digest(text_); }

bool RecordTable::has(const std::string& column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

std::size_t RecordTable::column(const std::string& name) const {
  const auto at = std::find(columns_.begin(), columns_.end(), name);
  if (at == columns_.end())
    throw DataError(
        file_, "has no column '" + name + "'; name the columns in a first line: #" + name + " ...");
  return static_cast<std::size_t>(at - columns_.begin());
}

void RecordTable::each(const std::function<void(const Row& row)>& take) const {
  each_line([&](std::size_t number, std::string_view line) {
    if (number > 1 || line.front() != '#') take(cut(line));
  });
}

/// `take(number, line)` for every line with something on it; the first number is 1.
template <typename Take>
void RecordTable::each_line(const Take& take) const {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string_view rest = text_;
  if (rest.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    rest.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) take(number, line);
  }
}

}  // namespace cs::sample
