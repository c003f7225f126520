/// What is asked: images in, one outcome for each out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "answers/info.hpp"
#include "core/hash.hpp"

namespace cs::answers {

/// One image to be asked about.
struct Query {
  std::uint64_t id = 0;  ///< of the record, for messages
  Digest digest;         ///< names the image in caches
  std::uint32_t height = 0, width = 0;
  const std::uint8_t* pixels = nullptr;  ///< height x width x 3, RGB
};

/// What became of a query.
struct Outcome {
  enum class Kind : std::uint8_t {
    kAnswered,
    kFailed,     ///< for sure not answered, and not billed
    kAmbiguous,  ///< sent; may have been answered and billed
  };
  Kind kind = Kind::kAnswered;
  std::vector<float> answer;  ///< if answered: an embedding, a posterior, or a class
  std::string problem;        ///< else: what went wrong

  static Outcome answered(std::vector<float> answer) {
    return {Kind::kAnswered, std::move(answer), {}};
  }
  static Outcome failed(std::string problem) { return {Kind::kFailed, {}, std::move(problem)}; }
  static Outcome ambiguous(std::string problem) {
    return {Kind::kAmbiguous, {}, std::move(problem)};
  }
};

/// An encoder, perhaps with a head, under attack, audit or evaluation: a program on this machine or
/// a service elsewhere. All members are safe from several threads.
class Victim {
 public:
  Victim() = default;
  virtual ~Victim() = default;
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  /// One outcome for each of 1 to most() queries, in their order; answers are of one length. What
  /// it throws says that no query was answered, and that asking again is of no use.
  virtual std::vector<Outcome> ask(const std::vector<Query>& queries) const = 0;

  /// Whether it looks at images. Queries to one that does not have neither digest nor pixels, and
  /// cost nothing.
  virtual bool sees_images() const { return true; }

  virtual std::size_t most() const = 0;  ///< queries that one call of ask() takes
  virtual int side_by_side() const = 0;  ///< calls of ask() that should run at a time

  /// Whether it may become another function under the same id, as a service may.
  virtual bool may_change() const { return false; }

  /// Side of the square at which images of any size (encoded ones) are asked about.
  virtual int input_size() const = 0;

  virtual const std::string& name() const = 0;  ///< for messages
  /// What is known of its answers, but for which images they are to.
  virtual const AnswerInfo& info() const = 0;
};

}  // namespace cs::answers
