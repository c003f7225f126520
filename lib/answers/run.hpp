/// One run of cs-query: images in, a shard of answers out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "answers/run_options.hpp"
#include "answers/victim.hpp"
#include "core/file.hpp"
#include "core/json_fwd.hpp"
#include "store/dataset.hpp"

namespace cs::answers {

/// The shard to write.
struct ShardOptions {
  std::filesystem::path path;
  Overwrite overwrite = Overwrite::kRefuse;
  store::Type type = store::Type::kF32;  ///< in which vectors are stored
};

/// Who hears of a run.
struct Listener {
  std::function<void(std::uint64_t answers)> progress;
  std::function<void(const std::string& what)> remark;  ///< for people
  std::function<void(const Json& line)> result;
};

/// Merges caches, checks whether the victim has changed, asks about every image, measures the noise
/// if that is wanted, and publishes the shard of the answers. `step` is the history's line of the
/// run, to which the victim's id is added. Throws as query_images() and check_canaries() do.
void answer_images(const Victim& victim, const store::Dataset& images, const RunOptions& options,
                   const ShardOptions& shard, const Json& step, const Listener& listener);

}  // namespace cs::answers
