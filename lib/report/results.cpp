#include "report/results.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"

namespace cs::report {
namespace {

/// Quantities are what comes with an interval: KEY, KEY_low and KEY_high.
void take_quantities(Row& row, const std::string& measure, const Json& line) {
  for (const auto& [key, value] : line.items()) {
    if (!line.contains(key + "_low") || !line.contains(key + "_high")) continue;
    std::string column = measure;
    if (key != "accuracy") column.append(".").append(key);
    const double width = line[key + "_high"].get<double>() - line[key + "_low"].get<double>();
    if (!row.quantities.emplace(column, Quantity{100 * value.get<double>(), 50 * width}).second)
      throw DataError(printable(row.name), "has two lines of " + printable(measure) +
                                               "; give only one encoder's files this name");
  }
}

/// What a line of cs-probe says of what the encoder's answers cost.
void take_cost(Row& row, const Json& line) {
  const Json encoder = line.value("encoder", Json());
  if (!encoder.contains("method")) return;
  const auto number = [&](const char* key) {
    return std::to_string(encoder.at("method").at(key).get<std::uint64_t>());
  };
  row.calls = number("calls");
  row.images = row.calls == "0" ? "-" : number("images");
}

void take_line(Row& row, const Json& line) {
  if (!line.contains("measure")) {
    row.seconds += line.at("seconds").get<double>();
    return;
  }
  line.at("accuracy").get<double>();
  take_quantities(row, line.at("measure").get<std::string>(), line);
  take_cost(row, line);
}

/// Returns the number of lines.
std::size_t take_file(Row& row, const std::filesystem::path& file) {
  const std::string text = read_file(file, std::size_t{64} << 20U);
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string subject = file.string() + ":" + std::to_string(++number);
    const Json line = parse_json(subject, text.substr(at, end - at));
    try {
      take_line(row, line);
    } catch (const Json::exception& e) {
      throw DataError(subject, "is no line of cs-probe or cs-train: " + std::string(e.what()));
    }
    at = end + 1;
  }
  return number;
}

std::string without_seed(const std::string& name) {
  const std::size_t last = name.find_last_not_of("0123456789");
  const bool seed = last != std::string::npos && last >= 1 && last + 1 < name.size() &&
                    name.compare(last - 1, 2, "-s") == 0;
  return seed ? name.substr(0, last - 1) : name;
}

/// The row that several seeds of one recipe make.
Row merge(const std::string& name, const std::vector<Row>& rows) {
  const auto n = static_cast<double>(rows.size());
  Row merged = rows.front();
  merged.name = name;
  merged.seeds = rows.size();
  merged.seconds = 0;
  for (auto& [column, quantity] : merged.quantities) quantity = {0, 0};
  for (const Row& row : rows) {
    merged.seconds += row.seconds / n;
    bool same = row.calls == merged.calls && row.images == merged.images &&
                row.quantities.size() == merged.quantities.size();
    for (const auto& [column, quantity] : row.quantities) {
      same = same && merged.quantities.count(column) > 0;
      if (same) merged.quantities[column].percent += quantity.percent / n;
    }
    if (!same)
      throw DataError(printable(row.name), "differs from other seeds of " + printable(name) +
                                               " in costs or measures; make their lines alike");
  }
  for (auto& [column, quantity] : merged.quantities) {
    double squares = 0;
    for (const Row& row : rows)
      squares += std::pow(row.quantities.at(column).percent - quantity.percent, 2);
    quantity.spread = rows.size() < 2 ? 0 : std::sqrt(squares / (n - 1));
  }
  return merged;
}

std::string cell(const Row& row, const std::string& column, bool with_spread) {
  const auto found = row.quantities.find(column);
  if (found == row.quantities.end()) return "-";
  char text[64];
  if (with_spread)
    std::snprintf(text, sizeof(text), "%.1f +- %.1f", found->second.percent, found->second.spread);
  else
    std::snprintf(text, sizeof(text), "%.1f", found->second.percent);
  return text;
}

/// "linear.agreement" as a head of a column.
std::string title(std::string column) {
  std::replace(column.begin(), column.end(), '.', ' ');
  return printable(column) + " %";
}

}  // namespace

std::vector<Row> read_rows(const std::vector<std::filesystem::path>& files) {
  std::vector<Row> rows;
  std::map<std::string, std::size_t> lines;
  for (const auto& file : files) {
    std::string name = file.filename().string();
    name.resize(std::min(name.size(), name.find('.')));
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
    if (row == rows.end()) {
      Row made;
      made.name = name;
      row = rows.insert(row, made);
    }
    lines[name] += take_file(*row, file);
  }
  for (const Row& row : rows)
    if (lines[row.name] == 0)
      throw DataError(printable(row.name), "has no line in any of its files; make them again");
  return rows;
}

std::vector<Row> merge_seeds(const std::vector<Row>& rows) {
  std::vector<Row> merged;
  std::set<std::string> done;
  for (const Row& first : rows) {
    const std::string name = without_seed(first.name);
    if (!done.insert(name).second) continue;
    std::vector<Row> same;
    for (const Row& row : rows)
      if (without_seed(row.name) == name) same.push_back(row);
    merged.push_back(merge(same.size() == 1 ? first.name : name, same));
  }
  return merged;
}

std::vector<std::string> all_columns(const std::vector<Row>& rows) {
  std::set<std::string> names;
  for (const Row& row : rows)
    for (const auto& [column, quantity] : row.quantities) names.insert(column);
  std::vector<std::string> columns(names.begin(), names.end());
  const auto rank = [](const std::string& column) {
    return column == "linear" ? 0 : column.find('.') == std::string::npos ? 1 : 2;
  };
  std::stable_sort(columns.begin(), columns.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return columns;
}

std::vector<std::vector<std::string>> make_cells(const std::vector<Row>& rows,
                                                 const std::vector<std::string>& columns,
                                                 bool with_seeds) {
  std::vector<std::vector<std::string>> cells{{"encoder", "calls", "images"}};
  for (const std::string& column : columns) {
    const auto has = [&](const Row& row) { return row.quantities.count(column) > 0; };
    if (std::none_of(rows.begin(), rows.end(), has)) {
      std::string known;
      for (const std::string& c : all_columns(rows)) known += (known.empty() ? "" : ", ") + c;
      throw UsageError("`columns`: no row has '" + printable(column) + "'; there are " +
                       printable(known));
    }
    cells[0].push_back(title(column));
  }
  cells[0].emplace_back("seconds");
  if (with_seeds) cells[0].emplace_back("seeds");
  for (const Row& row : rows) {
    cells.push_back({printable(row.name), row.calls, row.images});
    for (const std::string& column : columns)
      cells.back().push_back(cell(row, column, !with_seeds || row.seeds > 1));
    cells.back().push_back(row.seconds > 0 ? std::to_string(std::llround(row.seconds)) : "-");
    if (with_seeds) cells.back().push_back(std::to_string(row.seeds));
  }
  return cells;
}

}  // namespace cs::report
