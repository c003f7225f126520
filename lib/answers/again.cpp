#include "answers/again.hpp"

#include <string>
#include <unordered_map>

#include "answers/asker.hpp"
#include "answers/calls.hpp"
#include "core/error.hpp"

namespace cs::answers {

void ask_again(const Victim& victim, const std::vector<Query>& queries,
               const std::vector<Digest>& names, const QueryOptions& options,
               AnswerCache::Keep keep,
               const std::function<void(std::size_t at, const std::vector<float>& answer)>& see) {
  std::unordered_map<Digest, std::size_t, DigestHash> position;
  for (std::size_t i = 0; i < names.size(); ++i) position.emplace(names[i], i);
  const Target target = target_of(victim, options.epoch);
  Asker asker(*options.cache, target, through_epochs(options.account, victim, options.epoch),
              victim.most());
  if (keep == AnswerCache::Keep::kNo) asker.keep_nothing();
  std::string problem;
  std::vector<Digest> wanted = options.cache->missing(target, names);
  const Ended ended = asker.ask_all(wanted, [&](const std::vector<Digest>& claimed) {
    std::vector<Query> asked;
    asked.reserve(claimed.size());
    for (const Digest& name : claimed) asked.push_back(queries[position.at(name)]);
    std::vector<Outcome> outcomes = ask_many(victim, asked);
    for (std::size_t i = 0; i < outcomes.size(); ++i)
      if (outcomes[i].kind == Outcome::Kind::kAnswered)
        see(position.at(claimed[i]), outcomes[i].answer);
    if (problem.empty()) problem = problem_of(asked, outcomes);
    return outcomes;
  });
  if (ended == Ended::kBudget) asker.refuse_for_budget(wanted.size());
  if (ended == Ended::kUnanswered)
    throw Incomplete(victim.name(), problem + "; run again to ask about what is missing");
}

}  // namespace cs::answers
