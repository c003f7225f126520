#include "store/summary.hpp"

#include "core/error.hpp"
#include "core/json.hpp"

namespace cs::store {
namespace {

std::string describe(const ColumnSpec& spec) {
  if (spec.column == Column::kImage && spec.encoding == Encoding::kSource)
    return "image files of any size (source)";
  std::string text = std::string(name_of(spec.column)) + " " + name_of(spec.type);
  for (const std::uint32_t extent : spec.shape) text += " " + std::to_string(extent);
  return text + " (" + name_of(spec.encoding) + ")";
}

const char* kind_of(const Header& header) {
  if (header.of) return "answers";
  return header.views > 0 ? "views" : "images";
}

}  // namespace

std::string summary(const Dataset& dataset) {
  const Header& h = dataset.header();
  std::string text;
  const auto line = [&](const std::string& what, const std::string& value) {
    text += what + ": " + value + "\n";
  };
  line("kind", kind_of(h));
  line("records", std::to_string(h.count));
  line("first", std::to_string(h.first));
  for (const ColumnSpec& spec : h.columns) line("column", describe(spec));
  std::string classes;
  for (const std::string& name : h.classes) classes += " " + printable(name);
  if (!classes.empty()) text += "classes:" + classes + "\n";
  line("shards", std::to_string(dataset.shards().size()));
  const std::string part =
      " part " + std::to_string(h.set.part) + " of " + std::to_string(h.set.parts);
  line("set", h.set.id.hex() + (dataset.shards().size() == 1 ? part : ""));
  if (h.views > 0) line("views", std::to_string(h.views));
  if (h.of) line("of", h.of->hex());
  if (h.originals) line("originals", h.originals->hex());
  if (!h.victim.empty()) line("victim", printable(h.victim));
  if (h.about != "{}") line("about", h.about);
  line("fingerprint", h.fingerprint.hex());
  for (const Json& step : parse_json("history", h.history)) line("history", to_line(step));
  return text;
}

}  // namespace cs::store
