/// Shards as a source of images.
#pragma once

#include <memory>

#include "source/source.hpp"
#include "store/dataset.hpp"

namespace cs::source {

/// The images of a dataset, raw or encoded: items are its records, with their names if it has any.
/// Throws DataError if it holds none.
std::unique_ptr<Source> open_dataset(store::Dataset dataset);

}  // namespace cs::source
