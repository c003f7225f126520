#include "answers/calls.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "core/error.hpp"
#include "core/ordered.hpp"

namespace cs::answers {

std::string problem_of(const std::vector<Query>& queries, const std::vector<Outcome>& outcomes) {
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (outcomes[i].kind != Outcome::Kind::kAnswered)
      return "did not answer about record " + std::to_string(queries[i].id) + ": " +
             printable(outcomes[i].problem);
  return "";
}

std::vector<Outcome> ask(const Victim& victim, const std::vector<Query>& queries) {
  std::vector<Outcome> outcomes = victim.ask(queries);
  if (outcomes.size() != queries.size())
    throw Error(victim.name(), "was asked about " + std::to_string(queries.size()) +
                                   " images, with " + std::to_string(outcomes.size()) +
                                   " outcomes");
  return outcomes;
}

std::vector<Outcome> ask_many(const Victim& victim, const std::vector<Query>& queries) {
  const std::size_t most = victim.most();
  Pipeline<std::vector<Outcome>> calls(
      (queries.size() + most - 1) / most, victim.side_by_side(), [&](std::size_t index) {
        const auto from = queries.begin() + static_cast<std::ptrdiff_t>(index * most);
        const auto rows = std::min(most, queries.size() - index * most);
        return ask(victim, {from, from + static_cast<std::ptrdiff_t>(rows)});
      });
  std::vector<Outcome> all;
  all.reserve(queries.size());
  for (std::vector<Outcome> outcomes; calls.next(outcomes);)
    std::move(outcomes.begin(), outcomes.end(), std::back_inserter(all));
  return all;
}

}  // namespace cs::answers
