#include "answers/info.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace cs::answers {
namespace {

[[noreturn]] void refuse(const store::Dataset& answers, const std::string& what) {
  throw DataError(answers.name(), "its header " + what + "; query the victim again");
}

AnswerKind kind_of(const store::Dataset& answers) {
  for (const auto& [word, kind] : kAnswerKinds.rows())
    if (answers.header().find(column_of(kind)) != nullptr) return kind;
  throw DataError(answers.name(), "holds no answers; query a victim about it");
}

/// A member of `object` that is a text, or "" if it is not there.
std::string text(const store::Dataset& answers, const Json& object, const char* name) {
  const Json value = object.value(name, Json(""));
  if (!value.is_string()) refuse(answers, std::string("states a '") + name + "' that is no text");
  return value.get<std::string>();
}

VictimInfo victim_of(const store::Dataset& answers, const Json& about) {
  VictimInfo victim;
  victim.id = answers.header().victim;
  victim.stated = about.value("victim", Json());
  if (victim.stated.is_null()) return victim;
  if (!victim.stated.is_object()) refuse(answers, "states a 'victim' that is no object");
  victim.file = text(answers, victim.stated, "file");
  victim.kind = text(answers, victim.stated, "kind");
  victim.arch = text(answers, victim.stated, "arch");
  victim.head = text(answers, victim.stated, "head");
  victim.method = victim.stated.value("method", Json());
  return victim;
}

std::vector<std::string> classes_of(const store::Dataset& answers, const Json& about) {
  const Json names = about.value("classes", Json::array());
  const store::ColumnSpec* const posterior =
      answers.header().find(column_of(AnswerKind::kPosterior));
  const bool good =
      names.is_array() && !names.empty() &&
      std::all_of(names.begin(), names.end(), [](const Json& name) { return name.is_string(); }) &&
      (posterior == nullptr || names.size() == posterior->shape.at(0));
  if (!good) throw DataError(answers.name(), "does not say which classes its answers tell apart");
  return names.get<std::vector<std::string>>();
}

std::optional<PosteriorForm> form_of(const store::Dataset& answers, const Json& about) {
  const std::string stated = text(answers, about, "posterior");
  for (const auto& [word, form] : kPosteriorForms.rows())
    if (stated == word) return form;
  return std::nullopt;
}

std::uint64_t repeats_of(const store::Dataset& answers, const Json& about) {
  const auto stated = about.find("repeats");
  if (stated == about.end()) return 1;
  const std::uint64_t repeats = stated->is_number_unsigned() ? stated->get<std::uint64_t>() : 0;
  if (repeats == 0 || std::max<std::uint64_t>(answers.header().views, 1) % repeats != 0)
    refuse(answers, "states 'repeats' that do not divide its views");
  return repeats;
}

/// Sets the member, or leaves it out if there is nothing to say.
void put(Json& object, const char* name, const Json& value) {
  if (value.empty() || (value.is_string() && value.get_ref<const std::string&>().empty()))
    object.erase(name);
  else
    object[name] = value;
}

}  // namespace

Json VictimInfo::to_json() const {
  Json json = stated.is_null() ? Json::object() : stated;
  put(json, "id", id);
  put(json, "file", file);
  put(json, "kind", kind);
  put(json, "arch", arch);
  if (method.is_null())
    json.erase("method");
  else
    json["method"] = method;
  put(json, "head", head);
  return json.empty() ? Json() : json;
}

AnswerInfo info_of(const store::Dataset& answers) {
  const store::Header& header = answers.header();
  AnswerInfo info;
  info.kind = kind_of(answers);
  info.of = header.of;
  info.stated = parse_json(answers.name(), header.about);
  info.victim = victim_of(answers, info.stated);
  if (info.kind != AnswerKind::kEmbedding) info.classes = classes_of(answers, info.stated);
  if (info.kind == AnswerKind::kPosterior) info.posterior = form_of(answers, info.stated);
  info.repeats = repeats_of(answers, info.stated);
  info.cost.calls = header.count;
  info.cost.images = header.count / std::max<std::uint64_t>(header.views, 1);
  return info;
}

void state(const AnswerInfo& info, store::Header& header) {
  Json about = info.stated;
  put(about, "victim", info.victim.to_json());
  put(about, "classes", info.classes);
  put(about, "posterior", info.posterior ? Json(kPosteriorForms.print(*info.posterior)) : Json());
  put(about, "repeats", info.repeats > 1 ? Json(info.repeats) : Json());
  header.of = info.of;
  header.victim = info.victim.id;
  header.about = to_line(about);
}

}  // namespace cs::answers
