/// Other classes for the items of a source.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sample/record_table.hpp"
#include "source/source.hpp"

namespace cs::sample {

/// `source` with classes from `table`:
///
///   * with columns `name` and `class`: every record named there gets that class. The source's own
///     classes stay beside new ones, unless no record keeps one of them;
///   * with columns `class` and `new`: every class named there becomes another; two may become one.
///
/// What the table does not name stays as it is; an empty class takes the label away. Names and
/// classes are written as listings show them (core's printable()). Classes stand in the source's
/// order if none is new, else in that of source::class_less(). Throws DataError for a table with
/// neither pair of columns, for one that names something twice with different classes, for a class
/// that the source does not have, and for a table of records that names none of the source's.
std::unique_ptr<source::Source> relabel(std::unique_ptr<source::Source> source,
                                        const RecordTable& table);

}  // namespace cs::sample
