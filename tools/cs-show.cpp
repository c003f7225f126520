// cs-show: print what a shard, a file of weights or an answer cache holds, check it, or export it.

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "answers/cache.hpp"
#include "cli/run_tool.hpp"
#include "codec/decode.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "exports/contact_sheet.hpp"
#include "exports/forms.hpp"
#include "exports/listing.hpp"
#include "formats/file_kind.hpp"
#include "formats/weights_file.hpp"
#include "formats/weights_summary.hpp"
#include "records/images.hpp"
#include "store/dataset.hpp"
#include "store/summary.hpp"

namespace {

namespace fs = std::filesystem;

struct Settings {
  bool list = false;
  bool check = false;
  fs::path export_to;
  cs::exports::MakeForm as = nullptr;  ///< nullptr: the usual one
  cs::exports::FormOptions form;
  fs::path sheet;
  std::optional<std::uint64_t> rows;
  bool no_verify = false;
  bool makes_file() const { return !export_to.empty() || !sheet.empty(); }
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  table.flag("list", s.list, "Print id, label, class and name of every record, separated by tabs.")
      .flag("check", s.check,
            "Decode every record and compare with the fingerprint; of a cache, every checksum.")
      .path("export", s.export_to, "Write the records to this new folder or file.")
      .custom("as", cs::exports::kForms.choices(), "Form of the export.",
              "png for images, npy for vectors",
              [&s](const std::string& word) { s.as = cs::exports::kForms.parse(word); })
      .whole("quality", s.form.quality, 1, 100, "Quality of exported JPEGs.", "95")
      .path("contact-sheet", s.sheet,
            "Write the first images, or the views of the first originals, as one PNG.")
      .whole("rows", s.rows, 1, 1000, "Largest number of rows of the contact sheet.", "10");
  cs::cli::add_verify(table, s.no_verify);
}

/// By its name, so that a damaged file is refused as what it should be, or by its content.
bool is_weights(const fs::path& path) {
  return path.extension() == ".safetensors" ||
         (fs::is_regular_file(path) && cs::formats::holds_weights(cs::formats::kind_of_file(path)));
}

void show_weights(const fs::path& path) {
  const cs::formats::WeightsFile file = cs::formats::read_weights(path);
  if (file.kind != cs::formats::WeightsKind::kForeign) file.verify();
  std::cout << cs::formats::summary(file);
}

void check_options(const Settings& s) {
  if (s.rows && s.sheet.empty())
    throw cs::UsageError("--rows", "is of the contact sheet; pass --contact-sheet too");
  if (s.as != nullptr && s.export_to.empty())
    throw cs::UsageError("--as", "is of an export; pass --export too");
  cs::exports::make_form(s.as != nullptr ? s.as : cs::exports::make_png, s.form);
  for (const fs::path& made : {s.export_to, s.sheet})
    if (fs::exists(fs::symlink_status(made)))
      throw cs::UsageError(made.string(), "exists; name another");
  if (s.makes_file() && s.export_to.lexically_normal() == s.sheet.lexically_normal())
    throw cs::UsageError(s.sheet.string(), "is named twice; name another");
}

void show_cache(const Settings& s, const fs::path& folder) {
  const cs::answers::AnswerCache cache(folder, cs::answers::Access::kRead);
  if (s.check) cache.check();
  std::cout << (s.check ? "ok: " + std::to_string(cache.answers()) + " answers\n"
                        : cache.summary());
}

void check_records(const cs::store::Dataset& set) {
  for (const cs::store::Reader& shard : set.shards()) shard.check_records();
  if (set.header().find(cs::store::Column::kImage) != nullptr) cs::records::check_files(set);
  std::cout << "ok: " << set.count() << " records, fingerprint " << set.header().fingerprint.hex()
            << "\n";
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  check_options(s);
  const fs::path& first = call.operands.front();
  if (is_weights(first)) {
    if (s.list || s.check || s.makes_file() || call.operands.size() > 1)
      throw cs::UsageError(
          first.string(),
          "is a file of weights; --list, --check, --export and --contact-sheet are for shards");
    return show_weights(first);
  }
  if (cs::answers::is_answer_cache(first)) {
    if (s.list || s.makes_file() || call.operands.size() > 1)
      throw cs::UsageError(first.string(),
                           "is an answer cache; --list and what makes files are for shards");
    return show_cache(s, first);
  }
  const cs::store::Dataset set(call.operands,
                               s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll);
  if (s.check) check_records(set);
  if (!s.export_to.empty())
    cs::exports::make_form(s.as != nullptr ? s.as : cs::exports::usual_form(set), s.form)
        ->write(set, s.export_to);
  if (!s.sheet.empty())
    cs::write_file(s.sheet,
                   cs::codec::encode_png(cs::exports::contact_sheet(set, s.rows.value_or(10))),
                   cs::Overwrite::kRefuse);
  if (s.list) cs::exports::write_list(std::cout, set);
  if (!s.check && !s.list && !s.makes_file()) std::cout << cs::store::summary(set);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-show",
       "print what a shard, a file of weights or an answer cache holds, check it, or export it",
       "FILE..."},
      argc, argv, [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
