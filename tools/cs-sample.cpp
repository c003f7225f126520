// cs-sample: make image shards from folders, archives, arrays, shards and procedural sets.

#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/progress.hpp"
#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "sample/draw.hpp"
#include "sample/import.hpp"
#include "sample/relabel.hpp"
#include "source/join.hpp"
#include "source/open.hpp"
#include "store/set_writer.hpp"

namespace {

namespace fs = std::filesystem;

struct Settings {
  cs::cli::Output output;
  cs::source::SourceOptions source;
  bool unlabeled = false;
  fs::path relabel;
  std::vector<std::string> where;
  std::string split;
  std::optional<std::size_t> part;
  cs::sample::Selection selection;
  std::vector<fs::path> exclude;
  bool unique = false;
  cs::sample::ImportOptions import;
  std::optional<int> size;
  std::uint32_t shards = 1;
  bool no_verify = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  constexpr std::uint64_t kMost = 1'000'000'000'000;
  cs::cli::add_output(table, s.output);
  table
      .text("prefix", "PATH", s.source.prefix, "Take only what is under this folder of the source.")
      .flag("unlabeled", s.unlabeled, "Ignore the classes of the sources.")
      .path("relabel", s.relabel,
            "Change the classes of records (name, class), or rename classes (class, new).")
      .texts("where", "CONDITION", s.where,
             "Take only records with class=PATTERN, name=PATTERN or listed=FILE; != negates.",
             cs::cli::Recorded::kNo)
      .text("split", "A:B", s.split, "Divide the records at random in these proportions.")
      .whole("part", s.part, 0, 999, "Take part N of the split, counted from 0.", "")
      .paths("exclude", s.exclude,
             "Leave out records whose pixels equal those of an image of this dataset.")
      .flag("unique", s.unique, "Leave out records whose pixels equal those of an earlier one.")
      .whole("n,count", s.selection.count, 1, kMost,
             "Draw N records at random; a smaller draw is the beginning of a larger one.", "all")
      .whole("per-class", s.selection.per_class, 1, kMost, "Draw N records of each class.", "all")
      .whole("size", s.size, 1, 4096, "Scale the central square of every image to N x N.",
             "as they are")
      .flag("encoded", s.import.encoded, "Store the image files as they are, of any size.")
      .whole("shards", s.shards, 1, 99999, "Write a folder of N shards.")
      .whole("max-bad", s.import.max_bad, 0, UINT64_MAX,
             "Leave out up to N images that cannot be decoded.");
  cs::cli::add_seed(table, s.source.seed);
  cs::cli::add_threads(table, s.import.decoding.threads);
  cs::cli::add_verify(table, s.no_verify);
}

/// Checks what can be known before anything is opened.
void prepare(Settings& s, const cs::cli::Invocation& call) {
  cs::cli::require("output", !s.output.path.empty());
  if (s.split.empty() != !s.part)
    throw cs::UsageError("--split", "goes with --part N, the part to take; give both");
  if (s.part) s.selection.split = cs::sample::parse_split(s.split, *s.part);
  if (s.import.encoded && s.size)
    throw cs::UsageError("--encoded", "keeps images as they are; leave out --size");
  s.source.labels = !s.unlabeled;
  if (s.unlabeled && s.relabel.empty() && s.selection.per_class)
    throw cs::UsageError("--per-class", "needs classes; leave out --unlabeled, or pass --relabel");
  std::vector<fs::path> inputs = s.exclude;
  inputs.push_back(s.relabel);
  for (const std::string& text : s.where)
    inputs.push_back(s.selection.where.emplace_back(text).file());
  for (const fs::path& operand : call.operands)
    inputs.emplace_back(cs::source::path_of_source(operand));
  cs::refuse_same_file(s.output.path, inputs);
  if (s.output.path.has_parent_path()) s.source.spill_dir = s.output.path.parent_path();
  if (s.no_verify) s.source.verify = cs::store::Verify::kLength;
  s.import.decoding.size = s.size.value_or(0);
}

std::unique_ptr<cs::source::Source> open(Settings& s, const cs::cli::Invocation& call,
                                         cs::Json& step) {
  constexpr std::size_t kMostNamed = 1000;  // with --verbose
  if (call.verbosity == cs::cli::Verbosity::kVerbose) s.source.most_named = kMostNamed;
  if (call.verbosity != cs::cli::Verbosity::kQuiet)
    s.source.on_remark = [](const std::string& remark) {
      std::cerr << "cs-sample: " << remark << '\n';
    };
  std::vector<std::unique_ptr<cs::source::Source>> sources;
  for (const fs::path& operand : call.operands) {
    sources.push_back(cs::source::open_source(operand.string(), s.source));
    step["sources"].push_back(cs::source::history_name(operand.string()));
  }
  auto source = cs::source::join(std::move(sources), s.source.spill_dir);
  if (s.relabel.empty()) return source;
  const cs::sample::RecordTable table(s.relabel);
  step["relabel"] = table.digest().hex();
  return cs::sample::relabel(std::move(source), table);
}

cs::sample::Drawn draw(Settings& s, const cs::source::Source& source, cs::Json& step) {
  for (cs::sample::Condition& condition : s.selection.where) {
    condition.load();
    step["where"].push_back(cs::printable(condition.text()));
  }
  cs::sample::PixelFilter filter(s.unique, s.import.decoding);
  for (const fs::path& path : s.exclude)
    step["excluded"].push_back(filter.exclude(cs::store::Dataset({path}, s.source.verify)).hex());
  return cs::sample::draw(source, s.selection, s.source.seed, filter);
}

void run(Settings s, const cs::cli::Invocation& call) {
  prepare(s, call);
  cs::Json step = call.step;
  const auto source = open(s, call, step);
  const cs::sample::Drawn drawn = draw(s, *source, step);
  if (call.verbosity == cs::cli::Verbosity::kVerbose ||
      (drawn.excluded + drawn.repeats > 0 && call.verbosity != cs::cli::Verbosity::kQuiet))
    std::cerr << "cs-sample: left out " << drawn.excluded << " excluded and " << drawn.repeats
              << " repeated images\n";
  cs::cli::Progress progress("images", drawn.indices.size(), call.verbosity);
  s.import.on_done = [&](std::uint64_t images) { progress.add(images); };
  s.import.on_bad = [](const std::string& problem) {
    std::cerr << "cs-sample: " << problem << " (left out)\n";
  };
  cs::sample::import(*source, drawn.indices, s.import, [&](cs::store::Header header) {
    header.append_history(step);
    return cs::store::SetWriter(s.output.path, s.output.overwrite(), std::move(header),
                                drawn.indices.size(), s.shards);
  });
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-sample", "make image shards from folders, archives, arrays, shards and procedural sets",
       "SOURCE..."},
      argc, argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
