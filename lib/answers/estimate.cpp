#include "answers/estimate.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

#include "answers/canaries.hpp"
#include "answers/merge.hpp"
#include "answers/queries.hpp"
#include "answers/query.hpp"
#include "core/json.hpp"

namespace cs::answers {
namespace {

using Digests = std::vector<Digest>;

/// What caches know once they have come together.
class Known {
 public:
  Known(const Victim& victim, const RunOptions& run) : caches_(open_others(run.cache, run.from)) {
    if (std::filesystem::exists(run.cache) && !std::filesystem::is_empty(run.cache))
      caches_.push_back(std::make_unique<AnswerCache>(run.cache, Access::kRead));
    for (const auto& cache : caches_)
      epoch_ = std::max(epoch_, cache->epoch(target_of(victim, 0).victim));
    target_ = target_of(victim, epoch_);
  }

  const Target& target() const { return target_; }

  /// Those without an answer in any of the caches.
  Digests missing(Digests names) const {
    for (const auto& cache : caches_) names = cache->missing(target_, names);
    return names;
  }

  /// In the account's name, in all epochs.
  std::uint64_t sent(const Victim& victim, const Account& account) const {
    std::unordered_set<Digest, DigestHash> victims;
    for (std::uint64_t e = 0; e <= epoch_; ++e) victims.insert(target_of(victim, e).victim);
    std::map<std::pair<std::string, std::string>, std::uint64_t> largest;  // by victim and origin
    for (const auto& cache : caches_)
      for (const OriginRow& row : cache->by_origin())
        if (victims.count(row.victim) > 0 && row.account == account.name) {
          std::uint64_t& count = largest[{row.victim.hex(), row.origin.hex()}];
          count = std::max(count, row.counts.sent);
        }
    std::uint64_t sent = 0;
    for (const auto& [who, count] : largest) sent += count;
    return sent;
  }

 private:
  Caches caches_;
  std::uint64_t epoch_ = 0;
  Target target_;
};

/// Of the images that a check of repeats chooses, how many have no second answer.
std::uint64_t second_answers(const Known& known, Digests images, const RunOptions& run) {
  const auto earlier = [](const Digest& a, const Digest& b) {
    return std::pair(a.high, a.low) < std::pair(b.high, b.low);
  };
  if (run.repeats > 1) return 0;  // they are asked for anyway
  std::sort(images.begin(), images.end(), earlier);
  images.resize(std::min<std::size_t>(images.size(), run.repeat_check));
  for (Digest& image : images) image = repeat_of(image, 1);
  return known.missing(std::move(images)).size();
}

/// Of a victim that is never called.
Json free_of_charge(const Victim& victim, const store::Dataset& images, const RunOptions& run) {
  return {{"victim", victim.info().victim.id},
          {"images", images.count()},
          {"distinct", nullptr},
          {"cached", 0},
          {"calls", 0},
          {"price", 0.0},
          {"account", run.account.name},
          {"budget_left", nullptr}};
}

}  // namespace

Json estimate(const Victim& victim, const store::Dataset& images, const RunOptions& run) {
  check(run);
  if (!victim.sees_images()) return free_of_charge(victim, images, run);
  Digests each;
  std::unordered_set<Digest, DigestHash> seen;
  for_each_piece(images, victim.input_size(), run.threads, [&](const Queries& piece) {
    for (const Query& query : piece.list())
      if (seen.insert(query.digest).second) each.push_back(query.digest);
    return true;
  });
  Digests names;
  for (const Digest& image : each)
    for (std::uint64_t r = 0; r < run.repeats; ++r) names.push_back(repeat_of(image, r));
  const Known known(victim, run);
  const std::uint64_t missing = known.missing(names).size();
  std::uint64_t calls = run.cache.empty() ? images.count() : missing;
  if (missing > 0)
    calls += std::min(canaries_of(victim, run), each.size() - known.missing(each).size());
  calls += second_answers(known, each, run);
  Json json = {{"victim", known.target().victim.hex()},
               {"images", images.count()},
               {"distinct", each.size()},
               {"cached", names.size() - missing},
               {"calls", calls},
               {"price", static_cast<double>(calls) * run.price.value_or(0)},
               {"account", run.account.name},
               {"budget_left", nullptr}};
  if (const auto budget = run.account.budget)
    json["budget_left"] = *budget - std::min(*budget, known.sent(victim, run.account));
  return json;
}

}  // namespace cs::answers
