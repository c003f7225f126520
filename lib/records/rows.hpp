/// Labels, classes and names of records, as people see them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/dataset.hpp"

namespace cs::records {

/// A record as listings show it. Class and name are printable(): no tabs, no line ends.
struct Row {
  std::uint64_t id = 0;
  std::int32_t label = -1;  ///< -1 if it has none
  std::string class_name, name;
};

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

}  // namespace cs::records
