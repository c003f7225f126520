// cs-table: put the lines of probes and training logs into one table.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"

namespace {

struct Settings {
  bool markdown = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  table.flag("markdown", s.markdown, "Print a Markdown table.");
}

/// What the files of one row say.
struct Row {
  std::string name;
  std::string calls = "-", images = "-";
  std::map<std::string, std::string> measures;
  double seconds = 0;
};

std::string percent(const cs::Json& line) {
  const double accuracy = 100 * line.at("accuracy").get<double>();
  const double half =
      50 * (line.at("accuracy_high").get<double>() - line.at("accuracy_low").get<double>());
  char text[64];
  std::snprintf(text, sizeof(text), "%.1f +- %.1f", accuracy, half);
  return text;
}

/// What a line of cs-probe says of what the encoder's answers cost.
void take_cost(Row& row, const cs::Json& line) {
  const cs::Json encoder = line.value("encoder", cs::Json());
  if (!encoder.contains("method")) return;
  const auto number = [&](const char* key) {
    return std::to_string(encoder.at("method").at(key).get<std::uint64_t>());
  };
  row.calls = number("calls");
  row.images = row.calls == "0" ? "-" : number("images");
}

void take_line(Row& row, const cs::Json& line) {
  if (line.contains("measure")) {
    const auto measure = line.at("measure").get<std::string>();
    if (!row.measures.emplace(measure, percent(line)).second)
      throw cs::DataError(row.name, "has two lines of " + cs::printable(measure) +
                                        "; give only one encoder's files this name");
    take_cost(row, line);
  } else {
    row.seconds += line.at("seconds").get<double>();
  }
}

/// The rows in the order of their first files: all files with the same name up to the first dot.
std::vector<Row> read_rows(const std::vector<std::filesystem::path>& files) {
  std::vector<Row> rows;
  for (const auto& file : files) {
    std::string name = file.filename().string();
    name.resize(std::min(name.size(), name.find('.')));
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
    if (row == rows.end()) row = rows.insert(row, {name, "-", "-", {}, 0});
    const std::string text = cs::read_file(file, std::size_t{64} << 20U);
    for (std::size_t at = 0, number = 1; at < text.size(); ++number) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string subject = file.string() + ":" + std::to_string(number);
      const cs::Json line = cs::parse_json(subject, text.substr(at, end - at));
      try {
        take_line(*row, line);
      } catch (const cs::Json::exception& e) {
        throw cs::DataError(subject,
                            "is no line of cs-probe or cs-train: " + std::string(e.what()));
      }
      at = end + 1;
    }
  }
  return rows;
}

using Cells = std::vector<std::vector<std::string>>;

Cells make_cells(const std::vector<Row>& rows) {
  Cells cells{{"encoder", "calls", "images"}};
  std::vector<std::string> measures;
  for (const Row& row : rows)
    for (const auto& [measure, value] : row.measures)
      if (std::find(measures.begin(), measures.end(), measure) == measures.end())
        measures.push_back(measure);
  std::sort(measures.rbegin(), measures.rend());  // linear before knn
  for (const std::string& m : measures) cells[0].push_back(m + " %");
  cells[0].emplace_back("seconds");
  for (const Row& row : rows) {
    cells.push_back({cs::printable(row.name), row.calls, row.images});
    for (const std::string& m : measures)
      cells.back().push_back(row.measures.count(m) > 0 ? row.measures.at(m) : "-");
    cells.back().push_back(row.seconds > 0 ? std::to_string(std::llround(row.seconds)) : "-");
  }
  return cells;
}

void print(const Cells& cells, bool markdown) {
  std::vector<std::size_t> widths(cells[0].size());
  for (const auto& row : cells)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  for (std::size_t r = 0; r < cells.size(); ++r) {
    for (std::size_t c = 0; c < widths.size(); ++c) {
      const std::string pad(widths[c] - cells[r][c].size(), ' ');
      const std::string cell = c == 0 ? cells[r][c] + pad : pad + cells[r][c];
      std::cout << (markdown ? "| " : c == 0 ? "" : "  ") << cell << (markdown ? " " : "");
    }
    std::cout << (markdown ? "|\n" : "\n");
    if (r > 0) continue;
    for (std::size_t c = 0; c < widths.size(); ++c)
      std::cout << (markdown ? "| "
                    : c == 0 ? ""
                             : "  ")
                << std::string(widths[c] - 1, '-')
                << (markdown && c > 0 ? ": "
                    : markdown        ? "- "
                                      : "-");
    std::cout << (markdown ? "|\n" : "\n");
  }
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  print(make_cells(read_rows(call.operands)), s.markdown);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-table", "put the lines of probes and training logs into one table", "FILE..."}, argc,
      argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
