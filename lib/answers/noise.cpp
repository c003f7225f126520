#include "answers/noise.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "answers/again.hpp"
#include "answers/calls.hpp"
#include "answers/queries.hpp"
#include "core/error.hpp"
#include "core/json.hpp"

namespace cs::answers {

Difference difference_of(AnswerKind kind, const float* a, const float* b, std::size_t width) {
  if (kind != AnswerKind::kPrediction) return difference(a, b, width);
  return *a == *b ? Difference{} : Difference{1, 0};
}

void Noise::add(const Difference& difference) {
  ++pairs;
  largest = std::max(largest, difference.relative);
  sum += difference.relative;
  lowest_cosine = std::min(lowest_cosine, difference.cosine);
  cosines += difference.cosine;
}

Json to_json(const Noise& noise) {
  const auto pairs = static_cast<double>(std::max<std::uint64_t>(noise.pairs, 1));
  return {{"pairs", noise.pairs},
          {"largest_difference", noise.largest},
          {"mean_difference", noise.sum / pairs},
          {"lowest_cosine", noise.lowest_cosine},
          {"mean_cosine", noise.pairs > 0 ? noise.cosines / pairs : 1.0}};
}

void RepeatCheck::see(AnswerKind kind, const Answers& answers) {
  const std::size_t width = answers.width();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::uint64_t row = answers.first + i;
    const float* const answer = answers.values.data() + i * width;
    if (row % repeats_ != 0) {
      among_.add(difference_of(kind, last_first_.data(), answer, width));
      continue;
    }
    if (repeats_ > 1) last_first_.assign(answer, answer + width);
    const Digest& image = answers.images[i];
    const Key key{image.high, image.low};
    if (chosen_.size() == most_ && (most_ == 0 || chosen_.rbegin()->first < key)) continue;
    chosen_.try_emplace(key, First{row / repeats_, {answer, answer + width}});
    if (chosen_.size() > most_) chosen_.erase(std::prev(chosen_.end()));
  }
}

Noise RepeatCheck::measure(const Victim& victim, const store::Dataset& images,
                           const QueryOptions& options) {
  std::vector<Queries> read;
  std::vector<Query> queries;
  std::vector<const First*> firsts;
  for (const auto& [key, first] : chosen_) {
    read.push_back(read_queries(images, first.id, 1, victim.input_size()));
    queries.push_back(read.back().list().front());
    firsts.push_back(&first);
  }
  std::vector<std::vector<float>> seconds;
  if (options.cache == nullptr) {
    const std::vector<Outcome> outcomes = ask_many(victim, queries);
    if (const std::string problem = problem_of(queries, outcomes); !problem.empty())
      throw Error(victim.name(), problem);
    for (const Outcome& outcome : outcomes) seconds.push_back(outcome.answer);
  } else {
    std::vector<Digest> names;
    names.reserve(queries.size());
    for (const Query& query : queries) names.push_back(repeat_of(query.digest, 1));
    ask_again(victim, queries, names, options, AnswerCache::Keep::kYes,
              [](std::size_t /*at*/, const std::vector<float>& /*answer*/) {});
    seconds.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i)
      options.cache->read(target_of(victim, options.epoch), &names[i], 1, seconds[i]);
  }
  Noise noise;
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    if (seconds[i].size() != firsts[i]->answer.size())
      throw DataError(victim.name(),
                      "answered record " + std::to_string(firsts[i]->id) + " with " +
                          std::to_string(firsts[i]->answer.size()) + " numbers, and then with " +
                          std::to_string(seconds[i].size()) + "; it is not one function");
    noise.add(difference_of(victim.info().kind, firsts[i]->answer.data(), seconds[i].data(),
                            seconds[i].size()));
  }
  return noise;
}

}  // namespace cs::answers
