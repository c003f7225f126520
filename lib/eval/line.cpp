#include "eval/line.hpp"

#include <ATen/ATen.h>

#include <cstddef>

#include "answers/info.hpp"
#include "eval/interval.hpp"

namespace cs::eval {
namespace {

void add_estimate(Json& line, const Quantity& quantity, const std::vector<double>& values,
                  std::uint64_t seed) {
  const Estimate estimate = bootstrap_mean(values, seed);
  line[quantity.key] = estimate.mean;
  line[quantity.key + "_low"] = estimate.low;
  line[quantity.key + "_high"] = estimate.high;
  if (!quantity.unit.empty()) line[quantity.key + "_unit"] = quantity.unit;
}

/// For each class of the judged records, the positions in the series that are about it.
std::vector<std::vector<std::size_t>> by_class(const Finding& finding, const Labels& labels) {
  const at::Tensor ids =
      (finding.rows.defined() ? labels.ids.index_select(0, finding.rows) : labels.ids).contiguous();
  const auto* id = ids.data_ptr<std::int64_t>();
  std::vector<std::vector<std::size_t>> positions(labels.names.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(ids.size(0)); ++i)
    positions[static_cast<std::size_t>(id[i])].push_back(i);
  return positions;
}

Json class_lines(const Finding& finding, const Sets& sets) {
  const Labels& labels = sets.labels(sets.judged());
  const auto positions = by_class(finding, labels);
  Json lines = Json::array();
  for (std::size_t c = 0; c < positions.size(); ++c) {
    Json line = {{"class", labels.names[c]}, {"records", positions[c].size()}};
    if (positions[c].empty()) line[finding.series.front().quantity.key] = nullptr;
    for (const Series& series : finding.series) {
      if (positions[c].empty()) break;
      std::vector<double> values;
      for (const std::size_t i : positions[c]) values.push_back(series.values[i]);
      add_estimate(line, series.quantity, values, sets.seed());
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

Json line_of(const Measure& measure, const Finding& finding, const Sets& sets, PerClass per_class) {
  const store::Dataset& judged = sets.at(sets.judged());
  Json line = {{"measure", measure.name}};
  for (const Series& series : finding.series)
    add_estimate(line, series.quantity, series.values, sets.seed());
  line["interval"] = kBootstrapInterval;
  if (per_class == PerClass::kYes) line["per_class"] = class_lines(finding, sets);
  line.update(finding.protocol);
  if (sets.has(Input::kTrain)) {
    line["train_records"] = sets.at(Input::kTrain).count();
    line["train"] = sets.at(Input::kTrain).header().fingerprint.hex();
  }
  line["test_records"] = finding.series.front().values.size();
  line.update(finding.left_out);
  line["seed"] = sets.seed();
  line["test"] = judged.header().fingerprint.hex();
  if (sets.has(Input::kVictim))
    line["victim_answers"] = sets.at(Input::kVictim).header().fingerprint.hex();
  line["encoder"] = answers::info_of(judged).victim.to_json();
  return line;
}

}  // namespace cs::eval
