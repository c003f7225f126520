/// What a measure is: a way to put numbers on embeddings or answers.
///
/// Each is a row of the list in measures.cpp, made in the file of its name. The rows say what
/// cs-probe takes and how its help reads; sets go in, a finding comes out, and line_of() makes a
/// line of it. cs-table has no list: a line says itself which of its members are quantities.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "eval/sets.hpp"
#include "nn/head.hpp"

namespace cs::eval {

/// A number of a line: the mean over test records of a value that each of them has, with its
/// bootstrap interval (interval.hpp). Lines hold it as KEY, KEY_low and KEY_high.
struct Quantity {
  std::string key;
  std::string unit;  ///< empty for a fraction of records; lines state others as KEY_unit
  std::optional<Input> only_of;  ///< given only where this input is
};

/// A quantity's values, one for each record that is scored.
struct Series {
  Quantity quantity;
  std::vector<double> values;
};

/// Classes of all records that are judged: i64 [N], positions in `classes`.
struct Predictions {
  at::Tensor ids;
  std::vector<std::string> classes;
};

/// What a measure says. Its main quantity comes first.
struct Finding {
  std::vector<Series> series;
  at::Tensor rows;  ///< i64: which of the judged records the series are of; undefined for all
  Json left_out = Json::object();  ///< members that say which classes and records were not scored
  Json protocol = Json::object();  ///< members that say how the numbers came about
  std::optional<Predictions> predictions;  ///< what `output` keeps
  std::optional<nn::Head> head;            ///< what `save-head` keeps
};

/// An option of one measure: a setting and how a command line gives it.
struct MeasureOption {
  std::string names;  ///< "k,neighbors" or "l2"
  std::string argument;
  std::string help;
  std::string fallback;                         ///< the default as text; empty if there is none
  std::function<void(const std::string&)> set;  ///< converts strictly, throws UsageError

  std::string name() const { return names.substr(names.find(',') + 1); }
};

enum class Default : bool { kNo, kYes };

/// One row of the list.
struct Measure {
  std::string name;     ///< in lines and on the command line
  std::string summary;  ///< a few words for help
  std::vector<Input> needs;
  std::vector<Quantity> quantities;  ///< all that it can give
  Default by_default = Default::kNo;
  bool gives_predictions = false;
  bool gives_head = false;
  std::vector<MeasureOption> options{};
  /// Throws DataError if the sets do not belong together.
  std::function<Finding(const Sets&)> compute;

  /// Whether the input is needed, or adds a quantity.
  bool takes(Input input) const;
};

}  // namespace cs::eval
