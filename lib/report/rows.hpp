/// Lines of cs-probe and cs-train, put into rows: one for each encoder.
///
/// A line says itself what its quantities are: members KEY that come with KEY_low and KEY_high,
/// their interval. The first is the measure's main one. A quantity is a fraction, unless the line
/// has KEY_unit. So a new measure needs no change here.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cs::report {

/// A quantity with its spread, in percent or in its unit.
struct Quantity {
  std::string name;  ///< `MEASURE` if it is the main one, else `MEASURE.KEY`
  bool main = false;
  std::string unit = "%";
  double value = 0;
  double spread = 0;  ///< half the interval, or after merge_seeds() the standard deviation
};

/// What the files of one encoder say.
struct Row {
  std::string name;
  std::vector<std::optional<double>> numbers;  ///< those of columns(), in their order
  std::vector<Quantity> quantities;            ///< in the order of the lines
  std::set<std::string> intervals;             ///< what the lines call their intervals
  std::size_t seeds = 1;                       ///< rows that were merged into this

  const Quantity* find(const std::string& quantity) const;  ///< null if it has none
};

/// The rows in the order of their first files: all files with the same name up to the first dot.
/// Throws DataError for what is no line of cs-probe or cs-train, for a measure that a row has
/// twice, and for a row without any line.
std::vector<Row> read_rows(const std::vector<std::filesystem::path>& files);

/// Makes one row, in the place of the first, of all whose names differ only in a trailing `-sN`:
/// means over the seeds, and the sample standard deviation as spread (0 for one seed). Throws
/// DataError if they differ in what they cost or what was measured.
std::vector<Row> merge_seeds(const std::vector<Row>& rows);

}  // namespace cs::report
