// cs-show: print what a shard, an encoder or an answer cache holds, check it, or export it.

#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_tool.hpp"
#include "codec/decode.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/parse.hpp"
#include "formats/safetensors.hpp"
#include "image/contact_sheet.hpp"
#include "image/export.hpp"
#include "store/answer_cache.hpp"
#include "store/dataset.hpp"

namespace {

struct Settings {
  bool list = false;
  bool check = false;
  std::filesystem::path export_to;
  std::filesystem::path sheet;
  std::optional<std::uint64_t> rows;
  bool no_verify = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  table.flag("list", s.list, "Print one line a record: id, label, class and name, cut by tabs.")
      .flag("check", s.check,
            "Decode every record and compare with the fingerprint; of a cache, every checksum.")
      .path("export", s.export_to,
            "Write images as FILE/ID.png with an index.tsv, or vectors as .npy, to a new folder.")
      .path("contact-sheet", s.sheet,
            "Draw the first images, or the views of the first originals, as a PNG.")
      .custom(
          "rows", "N", "Rows of the contact sheet, at most.", "10",
          [&s](const std::string& text) { s.rows = cs::parse_unsigned("--rows", text, 1, 1000); });
  cs::cli::add_verify(table, s.no_verify);
}

std::string describe(const cs::store::ColumnSpec& spec) {
  std::string text =
      std::string(cs::store::name_of(spec.column)) + " " + cs::store::name_of(spec.type);
  for (const std::uint32_t extent : spec.shape) text += " " + std::to_string(extent);
  return text + " (" + cs::store::name_of(spec.encoding) + ")";
}

void print_summary(const cs::store::Dataset& set) {
  const cs::store::Header& h = set.header();
  std::cout << "kind: "
            << (h.of          ? "answers"
                : h.views > 0 ? "views"
                              : "images")
            << "\n"
            << "records: " << h.count << "\nfirst: " << h.first << "\n";
  for (const auto& spec : h.columns) std::cout << "column: " << describe(spec) << "\n";
  if (!h.classes.empty()) {
    std::cout << "classes:";
    for (const std::string& name : h.classes) std::cout << " " << cs::printable(name);
    std::cout << "\n";
  }
  std::cout << "shards: " << set.shards().size() << "\nset: " << h.set.id.hex();
  if (set.shards().size() == 1) std::cout << " part " << h.set.part << " of " << h.set.parts;
  std::cout << "\n";
  if (h.views > 0) std::cout << "views: " << h.views << "\n";
  if (h.of) std::cout << "of: " << h.of->hex() << "\n";
  if (h.originals) std::cout << "originals: " << h.originals->hex() << "\n";
  if (!h.victim.empty()) std::cout << "victim: " << cs::printable(h.victim) << "\n";
  if (h.about != "{}") std::cout << "about: " << h.about << "\n";
  std::cout << "fingerprint: " << h.fingerprint.hex() << "\n";
  for (const cs::Json& step : cs::parse_json("history", h.history))
    std::cout << "history: " << cs::to_line(step) << "\n";
}

void print_list(const cs::store::Dataset& set) {
  std::cout << "#id\tlabel\tclass\tname\n";
  for (const cs::image::Row& row : cs::image::rows_of(set))
    std::cout << cs::image::to_tsv(row) << "\n";
}

void print_weights(const std::filesystem::path& path) {
  const std::string bytes = cs::read_file(path);
  const auto file = cs::formats::parse_safetensors(path.string(), bytes);
  const bool head = file.find("conv1.weight") == nullptr;
  std::cout << "kind: " << (head ? "head" : "encoder") << "\n";
  std::cout << "digest: " << cs::digest(bytes).hex() << "\n";
  for (const auto& [key, value] : file.metadata)
    std::cout << cs::printable(key) << ": " << (key == "cs" ? value : cs::printable(value)) << "\n";
  for (const auto& tensor : file.tensors) {
    std::cout << "tensor: " << cs::printable(tensor.name) << " " << tensor.dtype;
    for (const auto extent : tensor.shape) std::cout << " " << extent;
    std::cout << "\n";
  }
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  const bool makes_file = !s.export_to.empty() || !s.sheet.empty();
  if (s.rows && s.sheet.empty())
    throw cs::UsageError("--rows", "is of the contact sheet; pass --contact-sheet too");
  if (std::filesystem::exists(s.sheet))
    throw cs::UsageError(s.sheet.string(), "exists; name a new file");
  const std::filesystem::path& first = call.operands.front();
  if (first.extension() == ".safetensors") {
    if (s.list || s.check || makes_file || call.operands.size() > 1)
      throw cs::UsageError(
          first.string(),
          "is an encoder; --list, --check, --export and --contact-sheet are for shards");
    return print_weights(first);
  }
  if (cs::store::is_answer_cache(first)) {
    if (s.list || makes_file || call.operands.size() > 1)
      throw cs::UsageError(first.string(),
                           "is an answer cache; --list and what makes files are for shards");
    const cs::store::AnswerCache cache(first, cs::store::Access::kRead);
    if (s.check) cache.check();
    std::cout << (s.check ? "ok: " + std::to_string(cache.answers()) + " answers\n"
                          : cache.summary());
    return;
  }
  const cs::store::Dataset set(call.operands,
                               s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll);
  if (s.check) {
    for (const cs::store::Reader& shard : set.shards()) shard.check_records();
    std::cout << "ok: " << set.count() << " records, fingerprint " << set.header().fingerprint.hex()
              << "\n";
  }
  if (!s.export_to.empty()) cs::image::export_dataset(set, s.export_to);
  if (!s.sheet.empty())
    cs::write_file(s.sheet,
                   cs::codec::encode_png(cs::image::contact_sheet(set, s.rows.value_or(10))),
                   cs::Overwrite::kRefuse);
  if (s.list) print_list(set);
  if (!s.check && !s.list && !makes_file) print_summary(set);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-show", "print what a shard, an encoder or an answer cache holds, check it, or export it",
       "FILE..."},
      argc, argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
