/// Which records of a source become a dataset, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sample/pixel_filter.hpp"
#include "sample/split.hpp"
#include "sample/where.hpp"
#include "source/source.hpp"

namespace cs::sample {

struct Selection {
  std::optional<Split> split;              ///< of all records, whatever else is asked of them
  std::vector<Condition> where;            ///< all must hold
  std::optional<std::uint64_t> count;      ///< records in all
  std::optional<std::uint64_t> per_class;  ///< records of each class that `where` allows
};

struct Drawn {
  std::vector<std::size_t> indices;  ///< in the source
  /// Records left out: their pixels are excluded, or repeat those of an earlier record.
  std::uint64_t excluded = 0, repeats = 0;
};

/// Draws from `source`: the source's own order if none are counted, else a random one. What
/// `filter` leaves out is replaced by the next. Draws nest: with one seed, a draw of 1,000 is the
/// first part of the draw of 5,000, and so for per_class; the parts of a split are disjoint and
/// complete, under any conditions. Throws DataError if there are too few, or no classes to draw
/// from.
Drawn draw(const source::Source& source, const Selection& selection, std::uint64_t seed,
           PixelFilter& filter);

}  // namespace cs::sample
