#include "answers/query.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_map>
#include <utility>

#include "answers/asker.hpp"
#include "answers/calls.hpp"
#include "answers/queries.hpp"
#include "core/error.hpp"
#include "core/ordered.hpp"
#include "core/stop.hpp"

namespace cs::answers {
namespace {

constexpr std::uint64_t kBlockBytes = std::uint64_t{128} << 20U;
constexpr std::size_t kBlockImages = 16384;

using Outcomes = std::vector<Outcome>;

/// What the victim is told of the ids `first` .. `first + count - 1`.
Queries queries_for(const Victim& victim, const store::Dataset& images, std::uint64_t first,
                    std::uint64_t count) {
  return victim.sees_images() ? read_queries(images, first, count, victim.input_size())
                              : Queries::without_images(first, count);
}

void query_directly(const Victim& victim, const store::Dataset& images, const QueryOptions& options,
                    const Deliver& deliver) {
  const std::size_t most = victim.most();
  Pipeline<Answers> calls(
      (images.count() + most - 1) / most, victim.side_by_side(), [&](std::size_t index) {
        const std::uint64_t from = index * most;
        const Queries queries = queries_for(victim, images, images.header().first + from,
                                            std::min<std::uint64_t>(most, images.count() - from));
        const Outcomes outcomes = ask(victim, queries.list());
        if (const std::string problem = problem_of(queries.list(), outcomes); !problem.empty())
          throw Error(victim.name(),
                      problem + "; run again with a `cache` to keep what is answered");
        Answers answers;
        answers.first = images.header().first + from;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
          answers.images.push_back(queries.list()[i].digest);
          answers.values.insert(answers.values.end(), outcomes[i].answer.begin(),
                                outcomes[i].answer.end());
        }
        return answers;
      });
  for (Answers answers; calls.next(answers);) {
    check_stop();
    deliver(answers);
    if (options.progress) options.progress(answers.size());
  }
}

/// A run through the cache.
class CachedRun {
 public:
  CachedRun(const Victim& victim, const store::Dataset& images, const QueryOptions& options)
      : victim_(victim),
        images_(images),
        options_(options),
        first_group_(victim.most() * static_cast<std::size_t>(std::max(victim.side_by_side(), 1))),
        asker_(*options.cache, target_of(victim, options.epoch),
               through_epochs(options.account, victim, options.epoch), first_group_) {}

  /// Reads and digests all images and asks about those that the cache lacks and nobody else has
  /// claimed, block by block.
  void ask_what_is_free() {
    std::vector<Queries> block;
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    const auto ask_block = [&] {
      ask_about(block);
      block.clear();
      bytes = 0;
      count = 0;
    };
    for_each_piece(images_, victim_.input_size(), options_.threads, [&](Queries piece) {
      for (const Query& query : piece.list()) {
        for (std::uint64_t r = 0; r < options_.repeats; ++r)
          names_.push_back(repeat_of(query.digest, r));
        bytes += std::uint64_t{query.height} * query.width * 3;
      }
      count += piece.list().size();
      block.push_back(std::move(piece));
      if (bytes >= kBlockBytes || count * options_.repeats >= kBlockImages) ask_block();
      return true;
    });
    ask_block();
    if (budget_spent_) asker_.refuse_for_budget(missing(left_).size());
  }

  /// Waits for what others have claimed; asks about what they drop.
  void ask_what_was_dropped() {
    const Ended ended = asker_.ask_all(left_, [&](const std::vector<Digest>& images) {
      Outcomes all;
      for (std::size_t at = 0; at < images.size(); at += first_group_) {
        const std::size_t end = std::min(at + first_group_, images.size());
        std::vector<Queries> read;
        std::vector<Query> queries;
        for (std::size_t i = at; i < end; ++i) {
          read.push_back(read_queries(images_, id_of_.at(images[i]), 1, victim_.input_size()));
          queries.push_back(read.back().list().front());
        }
        Outcomes outcomes = ask_and_note(queries);
        std::move(outcomes.begin(), outcomes.end(), std::back_inserter(all));
      }
      return all;
    });
    check(ended);
    if (ended == Ended::kBudget) asker_.refuse_for_budget(missing(left_).size());
  }

  void deliver(const Deliver& deliver) const {
    for (std::size_t at = 0; at < names_.size();) {
      check_stop();
      const std::size_t rows = std::min(victim_.most(), names_.size() - at);
      Answers answers;
      answers.first = images_.header().first * options_.repeats + at;
      const auto from = names_.begin() + static_cast<std::ptrdiff_t>(at);
      answers.images.assign(from, from + static_cast<std::ptrdiff_t>(rows));
      options_.cache->read(asker_.target(), answers.images.data(), rows, answers.values);
      deliver(answers);
      at += rows;
    }
  }

 private:
  std::vector<Digest> missing(const std::vector<Digest>& images) const {
    return options_.cache->missing(asker_.target(), images);
  }

  void ask_about(const std::vector<Queries>& block) {
    std::vector<Digest> fresh;         // names first met in this block
    std::vector<const Query*> behind;  // what they stand for
    std::size_t count = 0;
    for (std::uint64_t r = 0; r < options_.repeats; ++r)  // long after the time before
      for (const Queries& piece : block)
        for (const Query& query : piece.list()) {
          const Digest name = repeat_of(query.digest, r);
          ++count;
          if (!id_of_.emplace(name, query.id).second) continue;
          fresh.push_back(name);
          behind.push_back(&query);
        }
    std::vector<Digest> wanted = missing(fresh);
    if (options_.progress) options_.progress(count - wanted.size());
    if (!budget_spent_ && !wanted.empty()) {
      std::unordered_map<Digest, const Query*, DigestHash> queries;
      for (std::size_t i = 0; i < fresh.size(); ++i) queries.emplace(fresh[i], behind[i]);
      const Ended ended = asker_.ask(wanted, [&](const std::vector<Digest>& names) {
        std::vector<Query> claimed;
        claimed.reserve(names.size());
        for (const Digest& name : names) claimed.push_back(*queries.at(name));
        return ask_and_note(claimed);
      });
      check(ended);
      budget_spent_ = ended == Ended::kBudget;
    }
    left_.insert(left_.end(), wanted.begin(), wanted.end());
  }

  Outcomes ask_and_note(const std::vector<Query>& queries) {
    Outcomes outcomes = ask_many(victim_, queries);
    if (problem_.empty()) problem_ = problem_of(queries, outcomes);
    if (options_.progress) options_.progress(queries.size());
    return outcomes;
  }

  void check(Ended ended) const {
    if (ended == Ended::kUnanswered)
      throw Incomplete(victim_.name(), problem_ + "; run again to ask about what is missing");
  }

  const Victim& victim_;
  const store::Dataset& images_;
  const QueryOptions& options_;
  const std::size_t first_group_;
  Asker asker_;
  std::vector<Digest> names_;  ///< of all images and their repeats, in id order
  std::unordered_map<Digest, std::uint64_t, DigestHash> id_of_;  ///< the first of equal images
  std::vector<Digest> left_;                                     ///< without an answer so far
  bool budget_spent_ = false;
  std::string problem_;
};

}  // namespace

Target target_of(const Victim& victim, std::uint64_t epoch) {
  return {epoch_of(Digest::from_hex(victim.info().victim.id), epoch), victim.info().kind};
}

Account through_epochs(Account account, const Victim& victim, std::uint64_t epoch) {
  for (std::uint64_t e = 0; e < epoch; ++e) account.before.push_back(target_of(victim, e).victim);
  return account;
}

void query_images(const Victim& victim, const store::Dataset& images, const QueryOptions& options,
                  const Deliver& deliver) {
  if (options.repeats > 1 && options.cache == nullptr)
    throw UsageError("`repeats`", "needs a `cache`, which keeps every answer");
  if (options.cache == nullptr) return query_directly(victim, images, options, deliver);
  CachedRun run(victim, images, options);
  run.ask_what_is_free();
  run.ask_what_was_dropped();
  run.deliver(deliver);
}

}  // namespace cs::answers
