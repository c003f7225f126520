/// Shards as a source of images.
#pragma once

#include <memory>

#include "source/kind.hpp"
#include "store/dataset.hpp"

namespace cs::source {

extern const Kind kShards;  ///< one shard, or a folder of them

/// The images of a dataset, raw or encoded: items are its records, with their names if it has any.
/// Throws DataError if it holds none.
std::unique_ptr<Source> open_dataset(store::Dataset dataset);

}  // namespace cs::source
