#include "store/format.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "core/error.hpp"
#include "core/json.hpp"
#include "store/bytes.hpp"

namespace cs::store {
namespace {

constexpr std::array<const char*, 6> kColumns = {"image",     "label",     "name",
                                                 "embedding", "posterior", "prediction"};
constexpr std::array<const char*, 4> kTypes = {"u8", "f32", "f16", "i32"};
constexpr std::array<const char*, 3> kEncodings = {"raw", "shuffled", "source"};
constexpr std::array<std::size_t, 4> kSizes = {1, 4, 2, 4};

/// The enumerator whose name is `text`.
template <typename Enum, std::size_t N>
Enum from_name(std::string_view subject, const std::array<const char*, N>& names,
               const std::string& text) {
  const auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end())
    throw DataError(subject, "header names an unknown '" + printable(text) + "'");
  return static_cast<Enum>(at - names.begin());
}

/// A whole number in the range of T; converting 1e300, as get() does, is undefined.
template <typename T>
T whole(std::string_view subject, const Json& json) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > std::numeric_limits<T>::max())
    throw DataError(subject,
                    "header states no whole number, or too large a one, where one belongs");
  return json.get<T>();
}

Json to_json(const ColumnSpec& spec) {
  return {{"name", name_of(spec.column)},
          {"type", name_of(spec.type)},
          {"shape", spec.shape},
          {"encoding", name_of(spec.encoding)}};
}

ColumnSpec spec_from_json(std::string_view subject, const Json& json) {
  ColumnSpec spec;
  spec.column = from_name<Column>(subject, kColumns, json.at("name").get<std::string>());
  spec.type = from_name<Type>(subject, kTypes, json.at("type").get<std::string>());
  spec.encoding = from_name<Encoding>(subject, kEncodings, json.at("encoding").get<std::string>());
  std::size_t bytes = size_of(spec.type);
  for (const Json& extent : json.at("shape")) {
    const auto n = whole<std::uint64_t>(subject, extent);
    if (n == 0 || n > kLargestRecord / bytes)
      throw DataError(subject, "header states an impossible shape");
    bytes *= n;
    spec.shape.push_back(static_cast<std::uint32_t>(n));
  }
  return spec;
}

/// Whether readers of the column can rely on its type and shape.
bool possible(const ColumnSpec& spec) {
  switch (spec.column) {
    case Column::kImage:
      if (spec.encoding == Encoding::kSource) return spec.type == Type::kU8 && spec.shape.empty();
      return spec.type == Type::kU8 && spec.encoding == Encoding::kRaw && spec.shape.size() == 3 &&
             spec.shape[2] == 3;
    case Column::kName:
      return spec == name_spec();
    case Column::kLabel:
    case Column::kPrediction:
      return spec.type == Type::kI32 && spec.encoding == Encoding::kRaw && spec.shape.empty();
    case Column::kEmbedding:
    case Column::kPosterior:
      return (spec.type == Type::kF32 || spec.type == Type::kF16) &&
             spec.encoding != Encoding::kSource && spec.shape.size() == 1;
  }
  return false;
}

void check(std::string_view subject, const Header& h) {
  for (const ColumnSpec& spec : h.columns)
    if (!possible(spec))
      throw DataError(subject, std::string("header gives the column ") + name_of(spec.column) +
                                   " a type, shape or encoding that it cannot have");
  if (h.columns.empty()) throw DataError(subject, "header names no column");
  for (std::size_t i = 0; i < h.columns.size(); ++i)
    if (h.find(h.columns[i].column) != &h.columns[i])
      throw DataError(subject, "header names a column twice");
  if (!parse_json(subject, h.about).is_object())
    throw DataError(subject, "header states an 'about' that is no object");
  if (!parse_json(subject, h.history).is_array())
    throw DataError(subject, "header states a 'history' that is no array");
  if (h.set.parts == 0 || h.set.part >= h.set.parts)
    throw DataError(subject, "header states an impossible part of a set");
  if (h.count > std::numeric_limits<std::uint64_t>::max() - h.first)
    throw DataError(subject, "header states impossible record ids");
}

}  // namespace

const char* name_of(Column column) { return kColumns.at(static_cast<std::size_t>(column)); }
const char* name_of(Type type) { return kTypes.at(static_cast<std::size_t>(type)); }
const char* name_of(Encoding encoding) { return kEncodings.at(static_cast<std::size_t>(encoding)); }
std::size_t size_of(Type type) { return kSizes.at(static_cast<std::size_t>(type)); }

std::size_t ColumnSpec::record_bytes() const {
  if (encoding == Encoding::kSource) return 0;
  std::size_t bytes = size_of(type);
  for (const std::uint32_t extent : shape) bytes *= extent;
  return bytes;
}

bool ColumnSpec::operator==(const ColumnSpec& other) const {
  return column == other.column && type == other.type && shape == other.shape &&
         encoding == other.encoding;
}

ColumnSpec image_spec(std::uint32_t height, std::uint32_t width) {
  return {Column::kImage, Type::kU8, {height, width, 3}, Encoding::kRaw};
}
ColumnSpec encoded_image_spec() { return {Column::kImage, Type::kU8, {}, Encoding::kSource}; }
ColumnSpec label_spec() { return {Column::kLabel, Type::kI32, {}, Encoding::kRaw}; }
ColumnSpec prediction_spec() { return {Column::kPrediction, Type::kI32, {}, Encoding::kRaw}; }
ColumnSpec name_spec() { return {Column::kName, Type::kU8, {}, Encoding::kSource}; }
ColumnSpec vector_spec(Column column, Type type, std::uint32_t width) {
  return {column, type, {width}, Encoding::kShuffled};
}

const ColumnSpec* Header::find(Column column) const {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [&](const ColumnSpec& spec) { return spec.column == column; });
  return at == columns.end() ? nullptr : &*at;
}

Digest Header::shape_digest() const {
  std::string text;
  for (const ColumnSpec& spec : columns) {
    text += std::string(name_of(spec.column)) + ' ' + name_of(spec.type);
    for (const std::uint32_t extent : spec.shape) text += ' ' + std::to_string(extent);
    text += '\n';
  }
  for (const std::string& name : classes)
    text += "class " + std::to_string(name.size()) + ' ' + name + '\n';
  return digest(text);
}

void Header::append_history(const Json& step) {
  Json steps = parse_json("history", history);
  steps.push_back(step);
  history = to_line(steps);
}

std::string Header::to_json() const {
  Json json = {
      {"format", 1}, {"kind", of ? "answers" : "images"}, {"first", first}, {"count", count}};
  json["columns"] = Json::array();
  for (const ColumnSpec& spec : columns) json["columns"].push_back(store::to_json(spec));
  json["classes"] = classes;
  json["set"] = {{"id", set.id.hex()}, {"part", set.part}, {"parts", set.parts}};
  if (views > 0) json["views"] = views;
  if (of) json["of"] = of->hex();
  if (originals) json["originals"] = originals->hex();
  if (!victim.empty()) json["victim"] = victim;
  if (const Json more = parse_json("about", about); !more.empty()) json["about"] = more;
  json["fingerprint"] = fingerprint.hex();
  json["history"] = parse_json("history", history);
  return to_line(json);
}

Header Header::from_json(std::string_view subject, std::string_view text) {
  const Json json = parse_json(subject, text);
  const auto digest_of = [&](const Json& hex) {
    try {
      return Digest::from_hex(hex.get<std::string>());
    } catch (const DataError& e) {
      throw DataError(subject, std::string("header: ") + e.what());
    }
  };
  const auto digest_at = [&](const char* key) -> std::optional<Digest> {
    if (!json.contains(key)) return std::nullopt;
    return digest_of(json.at(key));
  };
  try {
    if (const auto format = whole<std::uint64_t>(subject, json.at("format")); format != 1)
      throw DataError(subject, "is of shard format " + std::to_string(format) +
                                   ", this program reads format 1; use a newer one");
    Header h;
    h.first = whole<std::uint64_t>(subject, json.at("first"));
    h.count = whole<std::uint64_t>(subject, json.at("count"));
    for (const Json& column : json.at("columns"))
      h.columns.push_back(spec_from_json(subject, column));
    h.classes = json.at("classes").get<std::vector<std::string>>();
    h.set.id = digest_of(json.at("set").at("id"));
    h.set.part = whole<std::uint32_t>(subject, json.at("set").at("part"));
    h.set.parts = whole<std::uint32_t>(subject, json.at("set").at("parts"));
    if (json.contains("views")) h.views = whole<std::uint64_t>(subject, json.at("views"));
    h.of = digest_at("of");
    h.originals = digest_at("originals");
    h.victim = json.value("victim", std::string());
    if (json.contains("about")) h.about = to_line(json.at("about"));
    h.fingerprint = digest_at("fingerprint").value();
    h.history = to_line(json.at("history"));
    check(subject, h);
    // What to_json() would write otherwise (-1 for an id, 1.5, an unknown member) is refused.
    const auto sorted = [](const Json& value) { return nlohmann::json(value).dump(); };
    if (sorted(parse_json(subject, h.to_json())) != sorted(json))
      throw DataError(subject, "header states members or values that shard format 1 does not have");
    return h;
  } catch (const Json::exception& e) {
    throw DataError(subject, "header is not that of a shard: " + printable(e.what()));
  } catch (const std::bad_optional_access&) {
    throw DataError(subject, "header has no fingerprint");
  }
}

Digest record_digest(std::uint64_t id, Column column, const void* bytes, std::size_t size,
                     std::string& scratch) {
  scratch.clear();
  put(scratch, id);
  scratch += name_of(column);
  scratch.append(static_cast<const char*>(bytes), size);
  return digest(scratch);
}

}  // namespace cs::store
