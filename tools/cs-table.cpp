// cs-table: put the lines of probes and training logs into one table.

#include <iostream>
#include <string>
#include <vector>

#include "cli/run_tool.hpp"
#include "cli/text_table.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "report/table.hpp"

namespace {

struct Settings {
  std::vector<std::string> columns;
  bool merge_seeds = false;
  bool markdown = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  table
      .custom("columns", "LIST",
              "Quantities to show, separated by commas: MEASURE for its main one, or MEASURE.KEY.",
              "all",
              [&s](const std::string& value) {
                s.columns = cs::split(value, ',');
                for (const std::string& column : s.columns)
                  if (column.empty()) throw cs::UsageError("--columns: a name is empty");
              })
      .flag(
          "merge-seeds", s.merge_seeds,
          "Print one row, with the means, for names that differ only in a trailing -sN, the seed.")
      .flag("markdown", s.markdown, "Print a Markdown table.");
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  std::vector<cs::report::Row> rows = cs::report::read_rows(call.operands);
  if (s.merge_seeds) rows = cs::report::merge_seeds(rows);
  const auto seeds = s.merge_seeds ? cs::report::Seeds::kMerged : cs::report::Seeds::kApart;
  const auto columns = s.columns.empty() ? cs::report::all_quantities(rows) : s.columns;
  cs::cli::print_table(std::cout, cs::report::make_cells(rows, columns, seeds),
                       s.markdown ? cs::cli::TableStyle::kMarkdown : cs::cli::TableStyle::kPlain);
  std::cout << (s.markdown ? "\n" : "") << "+-: " << cs::report::spread_in_words(rows, seeds)
            << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-table", "put the lines of probes and training logs into one table", "FILE..."}, argc,
      argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
