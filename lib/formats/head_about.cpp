#include "formats/head_about.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace cs::formats {
namespace {

constexpr int kFormat = 1;

std::vector<std::string> read_classes(std::string_view subject, const Json& names) {
  const auto refuse = [&](const std::string& what) {
    throw DataError(subject, what + "; make the head again");
  };
  const auto is_text = [](const Json& name) { return name.is_string(); };
  if (!names.is_array()) refuse("does not name its classes");
  if (!std::all_of(names.begin(), names.end(), is_text))
    refuse("names a class by something that is no text");
  if (names.size() < 2) refuse("names fewer than two classes");
  return names.get<std::vector<std::string>>();
}

}  // namespace

Json to_json(const HeadAbout& about) {
  Json json = {{"format", kFormat}, {"classes", about.classes}};
  json["encoder"] = about.encoder ? Json(*about.encoder) : Json();
  if (!about.history.is_null()) json["history"] = about.history;
  return json;
}

HeadAbout parse_head_about(std::string_view subject, const Json& about) {
  if (!about.is_object() || about.value("format", Json()) != kFormat)
    throw DataError(subject, "is no head of this version; make the head again");
  HeadAbout parsed;
  parsed.classes = read_classes(subject, about.value("classes", Json()));
  if (const Json encoder = about.value("encoder", Json()); !encoder.is_null()) {
    if (!encoder.is_string())
      throw DataError(subject, "names its encoder by something that is no text");
    parsed.encoder = encoder.get<std::string>();
  }
  parsed.history = about.value("history", Json());
  return parsed;
}

}  // namespace cs::formats
