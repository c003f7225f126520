/// Turns the items of a source into the records of a set.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sample/decoding.hpp"
#include "source/source.hpp"
#include "store/set_writer.hpp"

namespace cs::sample {

struct ImportOptions {
  Decoding decoding;
  bool encoded = false;       ///< keep the files' bytes; sizes may differ then
  std::uint64_t max_bad = 0;  ///< items that may be left out because they do not decode
  std::function<void(const std::string& problem)> on_bad;  ///< told of every item left out
  std::function<void(std::uint64_t images)> on_done;       ///< told as images are through
};

/// Writes the items `wanted`, in that order, as images with names and, if the source has classes,
/// labels. `make_writer` opens the output once the first image has decoded, given a header with
/// columns and classes. Raw images must all have one size; encoded ones are decoded once too, so
/// that bad ones are known now. Throws DataError for the first bad item over `max_bad`; nothing is
/// published then. Memory is bounded by a few blocks.
void import(const source::Source& source, const std::vector<std::size_t>& wanted,
            const ImportOptions& options,
            const std::function<store::SetWriter(store::Header header)>& make_writer);

}  // namespace cs::sample
