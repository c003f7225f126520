/// The sets of records that measures are computed from.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/dataset.hpp"

namespace cs::eval {

enum class Input : std::uint8_t { kTrain, kTest, kAnswers, kVictim };

/// What an input is called, on the command line and in messages.
struct InputInfo {
  Input input;
  std::string name;
  std::string help;
};
const std::vector<InputInfo>& all_inputs();
const std::string& name_of(Input input);

/// i64 [N], positions in `names`.
struct Labels {
  at::Tensor ids;
  std::vector<std::string> names;
};

/// Opened inputs. What is read stays, so that each measure may ask for it.
class Sets {
 public:
  /// Throws DataError if a set holds no record, or the victim's answers are not to the images of
  /// the judged records. `seed` is that of every random choice.
  Sets(std::map<Input, store::Dataset> sets, std::uint64_t seed);

  bool has(Input input) const { return sets_.count(input) > 0; }
  const store::Dataset& at(Input input) const { return sets_.at(input); }
  std::uint64_t seed() const { return seed_; }
  /// Whose records are scored: those of kTest, or kAnswers.
  Input judged() const { return has(Input::kAnswers) ? Input::kAnswers : Input::kTest; }

  /// f32 [N, D]; throws DataError if the set holds no embeddings.
  const at::Tensor& embeddings(Input input) const;
  /// Throws DataError if a record has no label. Labels of a set that names no classes are named by
  /// their numbers.
  const Labels& labels(Input input) const;

 private:
  std::map<Input, store::Dataset> sets_;
  std::uint64_t seed_;
  mutable std::map<Input, at::Tensor> embeddings_;
  mutable std::map<Input, Labels> labels_;
};

}  // namespace cs::eval
