/// Rows as the cells of a table.
#pragma once

#include <string>
#include <vector>

#include "report/rows.hpp"

namespace cs::report {

enum class Seeds : bool { kApart, kMerged };

/// All quantities that a row has, in the order in which the rows have them, but the main ones of
/// measures first.
std::vector<std::string> all_quantities(const std::vector<Row>& rows);

/// Head and cells: the name, columns(), and between these the quantities named; `-` where a row has
/// none. Throws UsageError for a quantity that no row has.
std::vector<std::vector<std::string>> make_cells(const std::vector<Row>& rows,
                                                 const std::vector<std::string>& quantities,
                                                 Seeds seeds);

/// What stands behind +- in the cells, in words.
std::string spread_in_words(const std::vector<Row>& rows, Seeds seeds);

}  // namespace cs::report
