/// Turns the items of a source into the records of a set.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "image/source.hpp"
#include "store/set_writer.hpp"

namespace cs::image {

struct ImportOptions {
  int size = 0;               ///< scale the central square to size x size; 0 = keep the size
  std::uint64_t max_bad = 0;  ///< items that may be left out because they do not decode
  int threads = 1;            ///< that decode
  std::function<void(const std::string& problem)> on_bad;  ///< told of every item left out
  std::function<void(std::uint64_t images)> on_done;       ///< told as images are through
};

/// Writes the items `wanted`, in that order, as raw images with names and, if the source has
/// classes, labels. `make_writer` opens the output once the first image has shown its size, given
/// a header with columns and classes. All images must have one size. Throws DataError for the
/// first bad item over `max_bad`; nothing is published then. Memory is bounded by a few blocks.
void import(const Source& source, const std::vector<std::size_t>& wanted,
            const ImportOptions& options,
            const std::function<store::SetWriter(store::Header header)>& make_writer);

}  // namespace cs::image
