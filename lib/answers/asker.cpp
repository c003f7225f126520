#include "answers/asker.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace cs::answers {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kLargestGroup = 16384;
constexpr milliseconds kEnough(500);
constexpr milliseconds kLongestWait(50);

std::vector<Outcome> ask_or_fail(AnswerCache& cache, const std::vector<Digest>& images,
                                 const Ask& ask) {
  try {
    return ask(images);
  } catch (...) {
    try {
      cache.fail();
    } catch (
        const Error&) {  // then the claim stays, and counts as ambiguous once this process ends
    }
    throw;
  }
}

bool all_answered(const std::vector<Outcome>& outcomes) {
  return std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
    return outcome.kind == Outcome::Kind::kAnswered;
  });
}

}  // namespace

Asker::Asker(AnswerCache& cache, const Target& target, Account account, std::size_t group)
    : cache_(cache), target_(target), account_(std::move(account)), group_(group) {}

Ended Asker::ask(std::vector<Digest>& wanted, const Ask& ask) {
  while (!wanted.empty()) {
    check_stop();
    const AnswerCache::Claimed claimed = cache_.claim(target_, account_, wanted, group_);
    if (claimed.images.empty()) return claimed.budget_spent ? Ended::kBudget : Ended::kDone;
    const auto begin = Clock::now();
    const std::vector<Outcome> outcomes = ask_or_fail(cache_, claimed.images, ask);
    cache_.settle(outcomes, keep_);
    if (!all_answered(outcomes)) return Ended::kUnanswered;
    if (Clock::now() - begin < kEnough)
      group_ = std::max(group_, std::min(2 * group_, kLargestGroup));
  }
  return Ended::kDone;
}

Ended Asker::ask_all(std::vector<Digest>& wanted, const Ask& ask) {
  milliseconds wait(1);
  for (;;) {
    const std::size_t before = wanted.size();
    const Ended ended = this->ask(wanted, ask);
    if (ended != Ended::kDone || wanted.empty()) return ended;
    if (wanted.size() < before) wait = milliseconds(1);
    std::this_thread::sleep_for(wait);  // all of them are in flight
    wait = std::min(2 * wait, kLongestWait);
  }
}

void Asker::refuse_for_budget(std::size_t missing) const {
  throw Incomplete(cache_.path().string(),
                   "the budget of " + std::to_string(account_.budget.value_or(0)) +
                       " calls of the account '" + account_.name +
                       "' is spent, answers still missing: " + std::to_string(missing) +
                       "; run again with a larger `budget`");
}

}  // namespace cs::answers
