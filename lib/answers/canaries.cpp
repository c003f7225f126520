#include "answers/canaries.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "answers/again.hpp"
#include "answers/noise.hpp"
#include "answers/queries.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::answers {
namespace {

constexpr std::uint64_t kUsual = 3;

struct Chosen {
  std::vector<Queries> pieces;  ///< which hold the pixels
  std::vector<Query> queries;
  bool some_missing = false;  ///< some image lacks an answer
};

/// Reads on until both are known: enough images with an answer, and whether one lacks it.
Chosen choose(const Victim& victim, const store::Dataset& images, const QueryOptions& query,
              std::uint64_t count) {
  const Target target = target_of(victim, query.epoch);
  Chosen chosen;
  std::unordered_set<Digest, DigestHash> seen;
  for_each_piece(images, victim.input_size(), query.threads, [&](Queries piece) {
    std::vector<Digest> names;
    for (const Query& q : piece.list())
      for (std::uint64_t r = 0; r < query.repeats; ++r) names.push_back(repeat_of(q.digest, r));
    const std::vector<Digest> missing = query.cache->missing(target, names);
    const std::unordered_set<Digest, DigestHash> lacks(missing.begin(), missing.end());
    chosen.some_missing = chosen.some_missing || !missing.empty();
    const std::size_t before = chosen.queries.size();
    for (const Query& q : piece.list())
      if (chosen.queries.size() < count && lacks.count(q.digest) == 0 &&
          seen.insert(q.digest).second)
        chosen.queries.push_back(q);
    if (chosen.queries.size() > before) chosen.pieces.push_back(std::move(piece));
    return !chosen.some_missing || chosen.queries.size() < count;
  });
  return chosen;
}

/// How the answer to one image differs from the one that is kept; empty if it does not.
std::string change(const Victim& victim, const Query& query, const std::vector<float>& kept,
                   const std::vector<float>& answer, double tolerance) {
  const std::string record = "record " + std::to_string(query.id);
  if (answer.size() != kept.size())
    return "it answers " + record + " with " + std::to_string(answer.size()) +
           " numbers, and the cache holds " + std::to_string(kept.size());
  const Difference apart =
      difference_of(victim.info().kind, kept.data(), answer.data(), kept.size());
  if (apart.relative <= tolerance) return "";
  if (victim.info().kind == AnswerKind::kPrediction)
    return "it answers " + record + " with class " + to_text(answer[0]) + ", and the cache holds " +
           to_text(kept[0]);
  return "its answer to " + record + " differs from the one in the cache by " +
         to_text(apart.relative) + " of its length (cosine " + to_text(apart.cosine) +
         "), tolerated are " + to_text(tolerance);
}

}  // namespace

std::uint64_t canaries_of(const Victim& victim, const RunOptions& options) {
  return options.canaries.value_or(victim.may_change() ? kUsual : 0);
}

std::uint64_t check_canaries(const Victim& victim, const store::Dataset& images,
                             const QueryOptions& query, const RunOptions& options) {
  AnswerCache& cache = *query.cache;
  const Digest id = target_of(victim, 0).victim;
  QueryOptions asked = query;
  asked.epoch = cache.epoch(id);
  const std::uint64_t count = canaries_of(victim, options);
  if (options.new_epoch && count == 0)
    throw UsageError("`new-epoch`: needs `canaries`, which show whether the victim has changed");
  const Target target = target_of(victim, asked.epoch);
  if (count == 0 || !cache.holds_any(target)) return asked.epoch;
  const Chosen chosen = choose(victim, images, asked, count);
  if (!chosen.some_missing) return asked.epoch;
  std::vector<Digest> names;
  for (const Query& canary : chosen.queries) names.push_back(canary_of(canary.digest));
  const double tolerance = std::max(options.tolerance, 2 * cache.noise(target));
  std::string changed;
  ask_again(victim, chosen.queries, names, asked, AnswerCache::Keep::kNo,
            [&](std::size_t at, const std::vector<float>& answer) {
              std::vector<float> kept;
              cache.read(target, &chosen.queries[at].digest, 1, kept);
              if (changed.empty())
                changed = change(victim, chosen.queries[at], kept, answer, tolerance);
            });
  if (changed.empty()) return asked.epoch;
  if (!options.new_epoch)
    throw DataError(victim.name(),
                    "has changed since " + printable(cache.path().string()) + " began: " + changed +
                        "; keep what it answers now apart with `new-epoch`, or, if it answers "
                        "with noise, measure that with `repeat-check` or raise `tolerance`");
  cache.begin_epoch(id, asked.epoch + 1);
  return asked.epoch + 1;
}

}  // namespace cs::answers
