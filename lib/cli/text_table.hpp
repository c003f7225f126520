/// Tables for people.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace cs::cli {

enum class TableStyle { kPlain, kMarkdown };

/// Prints rows of cells, the first one being the head: first column to the left, others to the
/// right. All rows have as many cells. Markdown's bars in cells are escaped.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows,
                 TableStyle style);

}  // namespace cs::cli
