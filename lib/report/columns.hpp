/// The columns of a table beside those of quantities. To add one, add a row to the list in
/// columns.cpp: what it takes from a line, and how it is shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json_fwd.hpp"

namespace cs::report {

enum class Place : bool { kBeforeQuantities, kAfterQuantities };

/// What becomes of a column where several seeds make one row.
enum class Merge { kSame, kMean, kSum };

enum class Shown : bool { kAlways, kMerged };

/// A number of each encoder; `-` where its files do not say it.
struct Column {
  std::string title;
  Place place = Place::kBeforeQuantities;
  Merge merge = Merge::kSame;
  Shown shown = Shown::kAlways;  ///< kMerged: only where seeds are merged
  /// The number after one more line of the encoder, of cs-probe or of a training log, `value`
  /// before it. Throws Json::exception for a line that cannot be read.
  std::optional<double> (*take)(std::optional<double> value, const Json& line);
};

const std::vector<Column>& columns();

}  // namespace cs::report
