/// How far apart the answers to one image are.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "answers/difference.hpp"
#include "answers/query.hpp"
#include "core/json_fwd.hpp"

namespace cs::answers {

/// Between two answers of a kind, each `width` numbers. Two classes are at a distance of 1, however
/// they are numbered.
Difference difference_of(AnswerKind kind, const float* a, const float* b, std::size_t width);

/// Over pairs of answers.
struct Noise {
  std::uint64_t pairs = 0;
  double largest = 0, sum = 0;            ///< of relative differences
  double lowest_cosine = 1, cosines = 0;  ///< the lowest one, and their sum

  void add(const Difference& difference);
};

/// "pairs", "largest_difference", "mean_difference", "lowest_cosine" and "mean_cosine".
Json to_json(const Noise& noise);

/// Measures the noise of a victim on some of the images that were answered: those of the smallest
/// digests, which is a random choice that every run makes alike.
class RepeatCheck {
 public:
  /// On `images` distinct images, which have had `repeats` answers each.
  RepeatCheck(std::uint64_t images, std::uint64_t repeats) : most_(images), repeats_(repeats) {}

  /// Takes note of answers that are delivered; of those to one image, its differences.
  void see(AnswerKind kind, const Answers& answers);

  /// Asks about the chosen images once more, unless the cache holds second answers, and keeps those
  /// there. Throws Incomplete as query_images() does, DataError if an answer has another length.
  Noise measure(const Victim& victim, const store::Dataset& images, const QueryOptions& options);

  const Noise& among_repeats() const { return among_; }

 private:
  struct First {
    std::uint64_t id = 0;  ///< of the image
    std::vector<float> answer;
  };
  using Key = std::pair<std::uint64_t, std::uint64_t>;  ///< of a digest, for its order
  std::uint64_t most_, repeats_;
  std::map<Key, First> chosen_;
  std::vector<float> last_first_;  ///< the answer 0 of the image whose repeats come next
  Noise among_;
};

}  // namespace cs::answers
