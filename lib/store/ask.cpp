#include "store/ask.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <unordered_set>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace cs::store {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kLargestGroup = 16384;
constexpr milliseconds kEnough(500);
constexpr milliseconds kLongestWait(50);

std::vector<float> ask_or_fail(AnswerCache& cache, const std::vector<Digest>& images,
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

}  // namespace

std::vector<Digest> distinct(const std::vector<Digest>& images) {
  std::unordered_set<Digest, DigestHash> seen;
  std::vector<Digest> each;
  for (const Digest& image : images)
    if (seen.insert(image).second) each.push_back(image);
  return each;
}

void ask_missing(AnswerCache& cache, const Target& target, const Account& account,
                 std::vector<Digest> wanted, std::size_t group, const Ask& ask) {
  milliseconds wait(1);
  while (!wanted.empty()) {
    check_stop();
    const AnswerCache::Claimed claimed = cache.claim(target, account, wanted, group);
    if (!claimed.images.empty()) {
      const auto begin = Clock::now();
      cache.commit(ask_or_fail(cache, claimed.images, ask));
      if (Clock::now() - begin < kEnough)
        group = std::max(group, std::min(2 * group, kLargestGroup));
      wait = milliseconds(1);
    } else if (claimed.budget_spent) {
      throw Incomplete(cache.path().string(),
                       "the budget of " + std::to_string(account.budget.value_or(0)) +
                           " calls of the account '" + account.name +
                           "' is spent, answers still missing: " +
                           std::to_string(cache.missing(target, wanted).size()) +
                           "; run again with a larger `budget`");
    } else if (!wanted.empty()) {  // all of them are in flight
      std::this_thread::sleep_for(wait);
      wait = std::min(2 * wait, kLongestWait);
    }
  }
}

}  // namespace cs::store
