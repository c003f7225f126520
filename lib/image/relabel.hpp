/// Other classes for the items of a source.
#pragma once

#include <memory>

#include "image/record_table.hpp"
#include "image/source.hpp"

namespace cs::image {

/// `source` with classes from `table`:
///
///   * with columns `name` and `class`: every record named there gets that class;
///   * with columns `class` and `new`: every class named there becomes another; two may become one.
///
/// What the table does not name stays as it is; an empty class takes the label away. Names are
/// compared as listings show them (core's printable()). Throws DataError for a table with neither
/// pair of columns, for one that names something twice with different classes, and for a class that
/// the source does not have.
std::unique_ptr<Source> relabel(std::unique_ptr<Source> source, const RecordTable& table);

}  // namespace cs::image
