/// Tables for people.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace cs::cli {

enum class TableStyle { kPlain, kMarkdown };

/// Prints rows of cells, of which the first is the head. The first column is aligned to the left,
/// the others to the right. All rows have the same number of cells. In Markdown, bars in cells are
/// escaped.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows,
                 TableStyle style);

}  // namespace cs::cli
