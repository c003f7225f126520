/// The name of the JSON type, for headers. See core/json.hpp.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace cs {

using Json = nlohmann::ordered_json;

}  // namespace cs
