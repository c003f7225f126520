/// The shard of a victim's answers.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <optional>
#include <string>

#include "core/file.hpp"
#include "core/json.hpp"
#include "store/dataset.hpp"
#include "store/writer.hpp"
#include "victim/victim.hpp"

namespace cs::victim {

/// Answers aligned to the images they are to, with the images' labels. The shard is begun when the
/// first batch has shown how wide they are, and published by close().
class AnswerShard {
 public:
  /// `step` is the history's line of this run, `type` that in which answers are stored (f32, f16).
  /// `images` must outlive the shard.
  AnswerShard(std::filesystem::path path, Overwrite overwrite, store::Type type,
              const store::Dataset& images, const Victim& victim, const Json& step);

  /// Appends answers, f32 [rows, width]. Throws DataError if they are too large for the type.
  void append(const at::Tensor& answers);
  void close();

 private:
  std::filesystem::path path_;
  Overwrite overwrite_;
  store::Type type_;
  const store::Dataset& images_;
  std::string victim_;  ///< for messages
  store::Header header_;
  std::optional<store::Writer> writer_;
};

}  // namespace cs::victim
