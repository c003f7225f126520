/// What the file of a head, a linear classifier on an encoder, says of it (metadata key "cs").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace cs::formats {

struct HeadAbout {
  std::vector<std::string> classes;    ///< names, in the order of the rows of the weights
  std::optional<std::string> encoder;  ///< digest of the file of the encoder it was fitted on
  Json history;                        ///< an array with an object for each tool; null if unsaid
};

/// The object that the file keeps.
Json to_json(const HeadAbout& about);

/// The same back. Throws DataError naming `subject` if it is of another version, or does not name
/// at least two classes.
HeadAbout parse_head_about(std::string_view subject, const Json& about);

}  // namespace cs::formats
