/// Calls of a victim.
#pragma once

#include <string>
#include <vector>

#include "answers/victim.hpp"

namespace cs::answers {

/// Victim::ask(), held to its contract: throws Error if an outcome is missing.
std::vector<Outcome> ask(const Victim& victim, const std::vector<Query>& queries);

/// Asks about any number of queries, in calls side by side.
std::vector<Outcome> ask_many(const Victim& victim, const std::vector<Query>& queries);

/// What went wrong with the first query that was not answered; nothing if all were.
std::string problem_of(const std::vector<Query>& queries, const std::vector<Outcome>& outcomes);

}  // namespace cs::answers
