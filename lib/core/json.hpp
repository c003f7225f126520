/// JSON with members in the order they were written. Include core/json_fwd.hpp in headers: the
/// full library takes over a second to compile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/json_fwd.hpp"

namespace cs {

/// Parses one JSON text of at most 64 levels, without duplicate keys in any object; throws
/// DataError `subject: ...`. `subject` names the file it came from.
Json parse_json(std::string_view subject, std::string_view text);

/// One line; bytes that are not UTF-8 are replaced, since JSON cannot hold them.
std::string to_line(const Json& json);

}  // namespace cs
