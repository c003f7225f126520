#include "cli/text_table.hpp"

#include <algorithm>
#include <ostream>

namespace cs::cli {
namespace {

std::string escaped(const std::string& cell) {
  std::string text;
  for (const char c : cell) text += c == '|' ? std::string("\\|") : std::string(1, c);
  return text;
}

void print_row(std::ostream& out, const std::vector<std::string>& row,
               const std::vector<std::size_t>& widths, bool markdown) {
  for (std::size_t c = 0; c < row.size(); ++c) {
    const std::string pad(widths[c] - row[c].size(), ' ');
    out << (markdown ? "| "
            : c == 0 ? ""
                     : "  ")
        << (c == 0 ? row[c] + pad : pad + row[c]) << (markdown ? " " : "");
  }
  out << (markdown ? "|\n" : "\n");
}

/// The cells of the line under the head.
std::vector<std::string> rule(const std::vector<std::size_t>& widths, bool markdown) {
  std::vector<std::string> cells;
  for (const std::size_t width : widths) {
    cells.emplace_back(width, '-');
    if (markdown && cells.size() > 1) cells.back().back() = ':';
  }
  return cells;
}

}  // namespace

void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows,
                 TableStyle style) {
  const bool markdown = style == TableStyle::kMarkdown;
  std::vector<std::vector<std::string>> cells = rows;
  std::vector<std::size_t> widths;
  for (auto& row : cells) {
    widths.resize(std::max(widths.size(), row.size()), 1);
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (markdown) row[c] = escaped(row[c]);
      widths[c] = std::max(widths[c], row[c].size());
    }
  }
  for (std::size_t r = 0; r < cells.size(); ++r) {
    print_row(out, cells[r], widths, markdown);
    if (r == 0) print_row(out, rule(widths, markdown), widths, markdown);
  }
}

}  // namespace cs::cli
