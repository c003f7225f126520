/// A finding as a line of results.
#pragma once

#include "core/json.hpp"
#include "eval/measure.hpp"

namespace cs::eval {

enum class PerClass : bool { kNo, kYes };

/// "measure"; every quantity as KEY with its 95 % bootstrap interval KEY_low to KEY_high, and
/// KEY_unit unless it is a fraction; what the "interval" is; with PerClass::kYes "per_class", an
/// array of the same by class of the judged records ("class", "records"; the main quantity null
/// where there are none); the protocol; how many records of which sets, by fingerprint; what was
/// left out; the seed; and the "encoder" that answered.
Json line_of(const Measure& measure, const Finding& finding, const Sets& sets, PerClass per_class);

}  // namespace cs::eval
