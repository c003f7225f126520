/// Lines of cs-probe and cs-train, put into rows: one an encoder.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/json_fwd.hpp"

namespace cs::report {

/// A quantity between 0 and 1 with its spread, in percent.
struct Quantity {
  double percent = 0;
  double spread = 0;  ///< half the interval, or after merge_seeds() the standard deviation
};

/// What the files of one encoder say.
struct Row {
  std::string name;
  std::string calls = "-", images = "-";  ///< what its answers cost an attacker
  /// By column: `MEASURE` for its accuracy, `MEASURE.KEY` for what else comes with an interval.
  std::map<std::string, Quantity> quantities;
  double seconds = 0;  ///< of training; 0 if no log says
  std::size_t seeds = 1;
};

/// The rows in the order of their first files: all files with the same name up to the first dot.
/// Throws DataError for what is no line of cs-probe or cs-train, for a measure that a row has
/// twice, and for a row without any line.
std::vector<Row> read_rows(const std::vector<std::filesystem::path>& files);

/// Makes one row, in the place of the first, of all whose names differ only in a trailing `-sN`:
/// means over the seeds, and the sample standard deviation as spread (0 for one seed). Throws
/// DataError if they differ in what they cost or what was measured.
std::vector<Row> merge_seeds(const std::vector<Row>& rows);

/// All columns that a row has: accuracies first (linear before the others), then the rest.
std::vector<std::string> all_columns(const std::vector<Row>& rows);

/// Head and cells of a table with these columns; `-` where a row has none. Throws UsageError for a
/// column that no row has.
std::vector<std::vector<std::string>> make_cells(const std::vector<Row>& rows,
                                                 const std::vector<std::string>& columns,
                                                 bool with_seeds);

}  // namespace cs::report
