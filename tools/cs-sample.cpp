// cs-sample: make image shards from folders, archives, shards and procedural sets.

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
#include "core/parse.hpp"
#include "image/import.hpp"
#include "image/sampling.hpp"
#include "image/source.hpp"
#include "store/set_writer.hpp"

namespace {

struct Settings {
  cs::cli::Output output;
  std::string prefix;
  cs::image::Selection selection;
  cs::image::ImportOptions import;
  std::uint32_t shards = 1;
  std::uint64_t seed = 0;
  bool no_verify = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  cs::cli::add_output(table, s.output);
  const auto count = [](const char* name, std::optional<std::uint64_t>& field) {
    return [name, &field](const std::string& value) {
      field = cs::parse_unsigned(name, value, 1, 1'000'000'000'000);
    };
  };
  table.text("prefix", "PATH", s.prefix, "Take only files under this folder of the source.")
      .custom("n,count", "N",
              "Draw N records at random; smaller draws are the first part of "
              "larger ones.",
              "all", count("--count", s.selection.count))
      .custom("per-class", "N", "Draw N records of each class.", "all",
              count("--per-class", s.selection.per_class))
      .custom("size", "N", "Scale the central square of every image to N x N.", "as they are",
              [&s](const std::string& value) {
                s.import.size = static_cast<int>(cs::parse_unsigned("--size", value, 1, 4096));
              })
      .whole("shards", s.shards, 1, 99999, "Write a folder of N shards.")
      .whole("max-bad", s.import.max_bad, 0, UINT64_MAX,
             "Leave out up to N images that do not decode.");
  cs::cli::add_seed(table, s.seed);
  cs::cli::add_threads(table, s.import.threads);
  cs::cli::add_verify(table, s.no_verify);
}

std::unique_ptr<cs::image::Source> open(const Settings& s, const cs::cli::Invocation& call) {
  const auto spill = s.output.path.has_parent_path() ? s.output.path.parent_path() : ".";
  std::vector<std::unique_ptr<cs::image::Source>> sources;
  std::vector<std::filesystem::path> shards;
  for (const auto& operand : call.operands) {
    if (operand.extension() != ".lmdb" && !cs::store::is_folder_of_shards(operand)) {
      sources.push_back(cs::image::open_source(operand, s.prefix, s.seed, spill));
      continue;
    }
    if (!s.prefix.empty()) throw cs::UsageError("--prefix: shards have no folders; leave it out");
    sources.push_back(cs::image::open_dataset(cs::store::Dataset(
        {operand}, s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll)));
  }
  return cs::image::join(std::move(sources));
}

/// Names the sources without the folders that differ from machine to machine.
cs::Json history_step(const cs::cli::Invocation& call) {
  cs::Json step = call.step;
  for (const auto& operand : call.operands) {
    const bool address = operand.string().rfind("synth:", 0) == 0;
    step["sources"].push_back(cs::printable((address ? operand : operand.filename()).string()));
  }
  return step;
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  cs::cli::require("output", !s.output.path.empty());
  cs::refuse_same_file(s.output.path, call.operands);
  const auto source = open(s, call);
  const auto wanted = cs::image::draw(*source, s.selection, s.seed);
  cs::cli::Progress progress("images", wanted.size(), call.verbosity);
  cs::image::ImportOptions options = s.import;
  options.on_done = [&](std::uint64_t images) { progress.add(images); };
  options.on_bad = [](const std::string& problem) {
    std::cerr << "cs-sample: " << problem << " (left out)\n";
  };
  cs::store::Header header;
  header.append_history(history_step(call));
  cs::image::import(*source, wanted, options, [&](cs::store::Header filled) {
    filled.history = header.history;
    return cs::store::SetWriter(s.output.path, s.output.overwrite(), std::move(filled),
                                wanted.size(), s.shards);
  });
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-sample", "make image shards from folders, archives, shards and procedural sets",
       "SOURCE..."},
      argc, argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
