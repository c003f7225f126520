#include "report/rows.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "report/columns.hpp"

namespace cs::report {
namespace {

Quantity quantity_of(const Json& line, const std::string& key) {
  Quantity quantity;
  quantity.value = line.at(key).get<double>();
  quantity.spread =
      (line.at(key + "_high").get<double>() - line.at(key + "_low").get<double>()) / 2;
  if (line.contains(key + "_unit")) {
    quantity.unit = line.at(key + "_unit").get<std::string>();
  } else {
    quantity.value *= 100;
    quantity.spread *= 100;
  }
  return quantity;
}

void take_quantities(Row& row, const std::string& subject, const Json& line) {
  const auto measure = line.at("measure").get<std::string>();
  bool main = true;
  for (const auto& [key, value] : line.items()) {
    if (!line.contains(key + "_low") || !line.contains(key + "_high")) continue;
    Quantity quantity = quantity_of(line, key);
    quantity.name = measure;
    if (!main) quantity.name.append(1, '.').append(key);
    quantity.main = std::exchange(main, false);
    if (row.find(quantity.name) != nullptr)
      throw DataError(printable(row.name), "has two lines of " + printable(measure) +
                                               "; give only one encoder's files this name");
    row.quantities.push_back(quantity);
  }
  if (main) throw DataError(subject, "is no line of cs-probe: it has no number with an interval");
}

void take_line(Row& row, const std::string& subject, const Json& line) {
  if (line.contains("measure")) {
    take_quantities(row, subject, line);
    if (line.contains("interval")) row.intervals.insert(line.at("interval").get<std::string>());
  } else {
    line.at("seconds").get<double>();  // every line of a training log has them
  }
  for (std::size_t i = 0; i < columns().size(); ++i)
    row.numbers[i] = columns()[i].take(row.numbers[i], line);
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
      take_line(row, subject, line);
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

/// Whether the rows state the same costs and quantities, and so may be merged.
bool alike(const Row& a, const Row& b) {
  for (std::size_t i = 0; i < columns().size(); ++i)
    if (columns()[i].merge == Merge::kSame && a.numbers[i] != b.numbers[i]) return false;
  return a.quantities.size() == b.quantities.size() &&
         std::all_of(a.quantities.begin(), a.quantities.end(), [&](const Quantity& quantity) {
           const Quantity* const other = b.find(quantity.name);
           return other != nullptr && other->unit == quantity.unit;
         });
}

std::optional<double> merged_number(const std::vector<Row>& rows, std::size_t column) {
  const Merge merge = columns()[column].merge;
  if (merge == Merge::kSame) return rows.front().numbers[column];
  double sum = 0;
  bool stated = false;
  for (const Row& row : rows) {
    stated = stated || row.numbers[column].has_value();
    sum += row.numbers[column].value_or(0);
  }
  if (!stated) return std::nullopt;
  return merge == Merge::kSum ? sum : sum / static_cast<double>(rows.size());
}

/// Mean and sample standard deviation over the rows.
Quantity merged_quantity(const std::vector<Row>& rows, Quantity quantity) {
  const auto n = static_cast<double>(rows.size());
  quantity.value = 0;
  for (const Row& row : rows) quantity.value += row.find(quantity.name)->value / n;
  double squares = 0;
  for (const Row& row : rows)
    squares += std::pow(row.find(quantity.name)->value - quantity.value, 2);
  quantity.spread = rows.size() < 2 ? 0 : std::sqrt(squares / (n - 1));
  return quantity;
}

Row merge(const std::string& name, const std::vector<Row>& rows) {
  Row merged = rows.front();
  merged.name = name;
  merged.seeds = rows.size();
  for (const Row& row : rows)
    if (!alike(rows.front(), row))
      throw DataError(printable(row.name), "differs from other seeds of " + printable(name) +
                                               " in costs or measures; make their lines alike");
  for (std::size_t i = 0; i < columns().size(); ++i) merged.numbers[i] = merged_number(rows, i);
  for (Quantity& quantity : merged.quantities) quantity = merged_quantity(rows, quantity);
  return merged;
}

}  // namespace

const Quantity* Row::find(const std::string& quantity) const {
  const auto at = std::find_if(quantities.begin(), quantities.end(),
                               [&](const Quantity& q) { return q.name == quantity; });
  return at == quantities.end() ? nullptr : &*at;
}

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
      made.numbers.resize(columns().size());
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

}  // namespace cs::report
