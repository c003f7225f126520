#include "report/table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "report/columns.hpp"

namespace cs::report {
namespace {

constexpr const char* kNothing = "-";

std::string formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string cell(const Row& row, const std::string& name, bool with_spread) {
  const Quantity* const quantity = row.find(name);
  if (quantity == nullptr) return kNothing;
  const char* const format = quantity->unit == "%" ? "%.1f" : "%.4g";
  std::string text = formatted(format, quantity->value);
  if (with_spread) text += " +- " + formatted(format, quantity->spread);
  return text;
}

/// "linear agreement %" of linear.agreement.
std::string title(const std::vector<Row>& rows, const std::string& name) {
  const auto has = [&](const Row& row) { return row.find(name) != nullptr; };
  const auto row = std::find_if(rows.begin(), rows.end(), has);
  if (row == rows.end())
    throw UsageError("`columns`", "no row has '" + printable(name) + "'; there are " +
                                      printable(join(all_quantities(rows), ", ")));
  std::string words = name;
  std::replace(words.begin(), words.end(), '.', ' ');
  return printable(words + " " + row->find(name)->unit);
}

bool is_shown(const Column& column, Place place, Seeds seeds) {
  return column.place == place && (column.shown == Shown::kAlways || seeds == Seeds::kMerged);
}

void add_titles(std::vector<std::string>& head, Place place, Seeds seeds) {
  for (const Column& column : columns())
    if (is_shown(column, place, seeds)) head.push_back(column.title);
}

void add_numbers(std::vector<std::string>& cells, const Row& row, Place place, Seeds seeds) {
  for (std::size_t i = 0; i < columns().size(); ++i) {
    if (!is_shown(columns()[i], place, seeds)) continue;
    const auto& number = row.numbers[i];
    cells.push_back(number ? std::to_string(std::llround(*number)) : kNothing);
  }
}

}  // namespace

std::vector<std::string> all_quantities(const std::vector<Row>& rows) {
  std::vector<std::string> main;
  std::vector<std::string> others;
  for (const Row& row : rows) {
    for (const Quantity& quantity : row.quantities) {
      std::vector<std::string>& names = quantity.main ? main : others;
      if (std::find(names.begin(), names.end(), quantity.name) == names.end())
        names.push_back(quantity.name);
    }
  }
  main.insert(main.end(), others.begin(), others.end());
  return main;
}

std::vector<std::vector<std::string>> make_cells(const std::vector<Row>& rows,
                                                 const std::vector<std::string>& quantities,
                                                 Seeds seeds) {
  std::vector<std::vector<std::string>> cells{{"encoder"}};
  add_titles(cells[0], Place::kBeforeQuantities, seeds);
  for (const std::string& name : quantities) cells[0].push_back(title(rows, name));
  add_titles(cells[0], Place::kAfterQuantities, seeds);
  for (const Row& row : rows) {
    cells.push_back({printable(row.name)});
    add_numbers(cells.back(), row, Place::kBeforeQuantities, seeds);
    for (const std::string& name : quantities)
      cells.back().push_back(cell(row, name, seeds == Seeds::kApart || row.seeds > 1));
    add_numbers(cells.back(), row, Place::kAfterQuantities, seeds);
  }
  return cells;
}

std::string spread_in_words(const std::vector<Row>& rows, Seeds seeds) {
  if (seeds == Seeds::kMerged) return "standard deviation over seeds";
  std::set<std::string> intervals;
  for (const Row& row : rows) intervals.insert(row.intervals.begin(), row.intervals.end());
  std::string words;
  for (const std::string& interval : intervals)
    words += (words.empty() ? "" : "; ") + printable(interval);
  return words.empty() ? "half the interval" : "half the interval (" + words + ")";
}

}  // namespace cs::report
