#include "formats/encoder_about.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/words.hpp"

namespace cs::formats {
namespace {

constexpr int kFormat = 1;
constexpr int kMostStem = 15;  ///< of kernel, stride and padding

/// The members of one object of a file's metadata; everything asked for must be there.
class Fields {
 public:
  Fields(std::string_view subject, const Json& object, std::string path)
      : subject_(subject), object_(object), path_(std::move(path)) {
    if (!object.is_object()) refuse("", "an object");
  }

  Fields object(const std::string& key) const { return {subject_, at(key), path_ + "." + key}; }

  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high) const {
    const Json& value = at(key);
    if (!value.is_number_integer() || value < low || value > high)
      refuse(key, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return value.get<std::int64_t>();
  }

  bool boolean(const std::string& key) const {
    if (!at(key).is_boolean()) refuse(key, "true or false");
    return at(key).get<bool>();
  }

  std::string text(const std::string& key) const {
    if (!at(key).is_string()) refuse(key, "a text");
    return at(key).get<std::string>();
  }

  std::array<double, 3> colors(const std::string& key, double low, double high) const {
    const Json& value = at(key);
    const auto good = [&](const Json& x) { return x.is_number() && x >= low && x <= high; };
    if (!value.is_array() || value.size() != 3 || !std::all_of(value.begin(), value.end(), good))
      refuse(key, "three numbers from " + Json(low).dump() + " to " + Json(high).dump());
    return value.get<std::array<double, 3>>();
  }

  [[noreturn]] void refuse(const std::string& key, const std::string& wanted) const {
    const std::string path = key.empty() ? path_ : path_ + "." + key;
    throw DataError(subject_, "its metadata's '" + path + "' is not " + wanted);
  }

 private:
  const Json& at(const std::string& key) const {
    if (!object_.contains(key))
      throw DataError(subject_,
                      "its metadata lack '" + path_ + "." + key + "'; nothing is guessed");
    return object_[key];
  }

  std::string_view subject_;
  const Json& object_;
  std::string path_;
};

/// What the embedding is: the pooled features, or those through a linear layer.
constexpr Words<bool, 2> kLayers{"layer", {{{"avgpool", false}, {"fc", true}}}};

bool read_layer(const Fields& embedding) {
  try {
    return kLayers.parse(embedding.text("layer"));
  } catch (const UsageError&) {
    embedding.refuse("layer", kLayers.choices());
  }
}

Stem read_stem(const Fields& fields) {
  return {static_cast<int>(fields.integer("kernel", 1, kMostStem)),
          static_cast<int>(fields.integer("stride", 1, kMostStem)),
          static_cast<int>(fields.integer("padding", 0, kMostStem)), fields.boolean("pool")};
}

InputConfig read_input(const Fields& fields) {
  constexpr std::int64_t kMostSize = 1 << 14;
  return {fields.integer("size", 1, kMostSize), fields.colors("mean", -1000, 1000),
          fields.colors("std", 1e-6, 1000)};
}

EncoderConfig read_config(const Fields& fields) {
  constexpr std::int64_t kMostWidth = 1 << 20;
  fields.integer("format", kFormat, kFormat);
  EncoderConfig config;
  config.arch = fields.text("arch");
  config.stem = read_stem(fields.object("stem"));
  const Fields embedding = fields.object("embedding");
  config.width = embedding.integer("width", 1, kMostWidth);
  config.linear = read_layer(embedding);
  config.input = read_input(fields.object("input"));
  return config;
}

}  // namespace

Stem parse_stem(std::string_view text) {
  if (const auto named = kStems.find(text)) return *named;
  std::vector<std::string> parts = split(text, ',');
  Stem stem;
  stem.pool = parts.size() == 4 && parts.back() == "pool";
  if (stem.pool) parts.pop_back();
  if (parts.size() != 3)
    throw UsageError("`stem`", "'" + printable(text) + "' is none of " + kStemForms);
  const auto number = [&](std::size_t at, std::uint64_t low) {
    return static_cast<int>(parse_unsigned("`stem`", parts[at], low, kMostStem));
  };
  stem.kernel = number(0, 1);
  stem.stride = number(1, 1);
  stem.padding = number(2, 0);
  return stem;
}

Json to_json(const EncoderAbout& about) {
  const EncoderConfig& config = about.config;
  Json json;
  json["format"] = kFormat;
  json["arch"] = config.arch;
  json["stem"] = {{"kernel", config.stem.kernel},
                  {"stride", config.stem.stride},
                  {"padding", config.stem.padding},
                  {"pool", config.stem.pool}};
  json["embedding"] = {{"layer", kLayers.print(config.linear)}, {"width", config.width}};
  json["input"] = {
      {"size", config.input.size}, {"mean", config.input.mean}, {"std", config.input.std}};
  if (!about.method.is_null()) json["method"] = about.method;
  if (!about.history.is_null()) json["history"] = about.history;
  for (const auto& [key, value] : about.other.items()) json[key] = value;
  return json;
}

EncoderAbout parse_encoder_about(std::string_view subject, const Json& about) {
  EncoderAbout parsed{read_config({subject, about, "cs"}), about.value("method", Json()),
                      about.value("history", Json()), about};
  for (const char* known : {"format", "arch", "stem", "embedding", "input", "method", "history"})
    parsed.other.erase(known);
  return parsed;
}

}  // namespace cs::formats
