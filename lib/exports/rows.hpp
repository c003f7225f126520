/// Records as lines of text.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "store/dataset.hpp"

namespace cs::exports {

/// A record as listings show it. Class and name are printable(): no tabs, no line ends.
struct Row {
  std::uint64_t id = 0;
  std::int32_t label = -1;  ///< -1 if it has none
  std::string class_name, name;
};

/// The columns of to_tsv(), without the # that a first line begins with.
inline constexpr const char* kRowColumns = "id\tlabel\tclass\tname";

/// `id label class name`, cut by tabs.
std::string to_tsv(const Row& row);

/// Those of the ids `first` .. `first + count - 1`.
std::vector<Row> rows_of(const store::Dataset& dataset, std::uint64_t first, std::uint64_t count);

/// The rows of a dataset, which must outlive it, one after the other; memory stays at about a
/// chunk.
class Rows {
 public:
  explicit Rows(const store::Dataset& dataset) : dataset_(dataset) {}
  /// The first, then the next; valid until the call after. Throws DataError after the last.
  const Row& next();

 private:
  const store::Dataset& dataset_;
  std::vector<Row> block_;
  std::uint64_t taken_ = 0;  ///< in all
  std::size_t at_ = 0;       ///< in `block_`
};

/// Writes `#id label class name` and a line a record. Returns early once `out` has failed.
void write_list(std::ostream& out, const store::Dataset& dataset);

}  // namespace cs::exports
