/// What is known of answers: what they are, whose, and what they cost. Read from a shard's header
/// and written to it here and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answers/kind.hpp"
#include "core/hash.hpp"
#include "core/json.hpp"
#include "store/dataset.hpp"

namespace cs::answers {

/// The kind of victims whose answers somebody else recorded.
inline constexpr const char* kRecorded = "recorded";

/// Who answered, as its answers' header describes it. Empty members are not stated there.
struct VictimInfo {
  std::string id;    ///< 32 hexadecimal digits, naming the function that was asked
  std::string file;  ///< digest of the encoder's file
  std::string kind;  ///< what it is: `pixels`, `encoder`, `recorded`, ...
  std::string arch;  ///< of an encoder of this project
  Json method;       ///< how an encoder of this project was made, as its file says; or null
  std::string head;  ///< digest of the classifier's file, of posteriors and predictions
  Json stated;       ///< the description as it was read, members unknown to this program included

  /// The description, null if there is none: `stated` with the members above.
  Json to_json() const;
};

/// What answers cost an attacker. (A cache may have sent less, where images were equal.)
struct Cost {
  std::uint64_t calls = 0;   ///< answers
  std::uint64_t images = 0;  ///< originals that the answers are about
};

struct AnswerInfo {
  AnswerKind kind = AnswerKind::kEmbedding;
  std::optional<Digest> of;  ///< fingerprint of the images that were answered
  VictimInfo victim;
  std::vector<std::string> classes;        ///< that posteriors and predictions tell apart
  std::optional<PosteriorForm> posterior;  ///< of posteriors
  std::uint64_t repeats = 1;               ///< R: each image was asked about R times, on purpose
  Cost cost;                               ///< follows from the records; not stated in the header
  Json stated = Json::object();  ///< the header's `about` as it was read, unknown members included
};

/// What the dataset's header says of its answers. Throws DataError naming the dataset if it holds
/// none, if a member is not of its type, or if posteriors or predictions do not name the classes
/// that they tell apart, one for each entry of a posterior.
AnswerInfo info_of(const store::Dataset& answers);

/// States `info` in the header of answers to be written: `of`, `victim` and `about`. Its columns,
/// counts and views say the rest.
void state(const AnswerInfo& info, store::Header& header);

}  // namespace cs::answers
