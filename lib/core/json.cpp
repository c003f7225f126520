#include "core/json.hpp"

#include <set>
#include <vector>

#include "core/error.hpp"

namespace cs {

Json parse_json(std::string_view subject, std::string_view text) {
  std::vector<std::set<std::string>> keys;
  const Json::parser_callback_t check = [&](int depth, Json::parse_event_t event, Json& value) {
    const bool opens =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth >= 64) throw DataError(subject, "JSON nested over 64 levels");
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      throw DataError(subject, "JSON with the key '" + printable(value.get<std::string>()) +
                                   "' twice in one object");
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::exception& e) {
    throw DataError(subject, "not valid JSON: " + printable(e.what()));
  }
}

std::string to_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cs
