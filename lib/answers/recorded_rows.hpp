/// Which row of a recording answers which image.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "formats/recording.hpp"
#include "store/dataset.hpp"

namespace cs::answers {

/// The row for each of `images`, in id order; empty if rows and images are in one order. With
/// names, each image has exactly one row, and rows of other images are counted in a `remark`, which
/// may be empty. Throws DataError naming `file` or the images otherwise.
std::vector<std::size_t> rows_for(const store::Dataset& images, const std::string& file,
                                  const formats::Recording& recording,
                                  const std::function<void(const std::string&)>& remark);

}  // namespace cs::answers
