/// The list of measures, and what a command line chooses from it. A new measure is a file that
/// makes it, and two lines here.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "eval/measure.hpp"

namespace cs::eval {

Measure linear_measure();
Measure knn_measure();
Measure knn200_measure();
Measure answers_measure();

/// All measures, each with settings of its own, which its options change.
inline std::vector<Measure> all_measures() {
  return {linear_measure(), knn_measure(), knn200_measure(), answers_measure()};
}

/// "linear (logistic regression), knn (nearest neighbors), ...", for help.
std::string summaries(const std::vector<Measure>& all);

/// The names of those computed by default, separated by commas: without answers, or on them.
std::string default_names(const std::vector<Measure>& all, bool on_answers);

/// The rows of these names, separated by commas, in the order named; each at most once. Throws
/// UsageError.
std::vector<const Measure*> choose(const std::vector<Measure>& all, const std::string& names);

/// Throws UsageError if a measure needs an input that is not given, an input is given that none of
/// them takes, or both test embeddings and answers are to be scored.
void check_inputs(const std::vector<const Measure*>& chosen, const std::set<Input>& given);

/// Throws UsageError if a given option, by its name, is of a measure that is not chosen.
void check_options(const std::vector<Measure>& all, const std::vector<const Measure*>& chosen,
                   const std::set<std::string>& given);

}  // namespace cs::eval
