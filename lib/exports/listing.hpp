/// Records as lines of text.
#pragma once

#include <iosfwd>
#include <string>

#include "core/pending.hpp"
#include "records/rows.hpp"

namespace cs::exports {

/// What a line holds, separated by tabs; the first line of a listing is this after a #.
inline constexpr const char* kListingColumns = "id\tlabel\tclass\tname";

/// `id label class name`, separated by tabs; no line end.
std::string listing_line(const records::Row& row);

/// Writes the line of the columns and a line a record. Returns early once `out` has failed.
void write_list(std::ostream& out, const store::Dataset& dataset);

/// The same into index.tsv in `folder`.
void write_index(const Pending& folder, const store::Dataset& dataset);

}  // namespace cs::exports
