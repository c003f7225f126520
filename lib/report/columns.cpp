#include "report/columns.hpp"

#include <cstdint>

#include "core/json.hpp"

namespace cs::report {
namespace {

using Number = std::optional<double>;

/// A number that lines of probes state of how their encoder was trained.
Number of_training(Number value, const Json& line, const char* key) {
  const Json encoder = line.value("encoder", Json());
  if (!encoder.contains("method")) return value;
  return static_cast<double>(encoder.at("method").at(key).get<std::uint64_t>());
}

Number take_calls(Number value, const Json& line) { return of_training(value, line, "calls"); }

/// Of an encoder that was not trained on answers, the images are nobody's answers.
Number take_images(Number value, const Json& line) {
  if (of_training({}, line, "calls").value_or(1) == 0) return value;
  return of_training(value, line, "images");
}

Number add_seconds(Number value, const Json& line) {
  if (!line.contains("seconds")) return value;
  return value.value_or(0) + line.at("seconds").get<double>();
}

Number one_seed(Number /*value*/, const Json& /*line*/) { return 1; }

}  // namespace

const std::vector<Column>& columns() {
  static const std::vector<Column> list{
      {"calls", Place::kBeforeQuantities, Merge::kSame, Shown::kAlways, take_calls},
      {"images", Place::kBeforeQuantities, Merge::kSame, Shown::kAlways, take_images},
      {"seconds", Place::kAfterQuantities, Merge::kMean, Shown::kAlways, add_seconds},
      {"seeds", Place::kAfterQuantities, Merge::kSum, Shown::kMerged, one_seed}};
  return list;
}

}  // namespace cs::report
