#include "records/rows.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace cs::records {

using store::Column;

std::vector<Row> rows_of(const store::Dataset& dataset, std::uint64_t first, std::uint64_t count) {
  const store::Header& h = dataset.header();
  std::vector<Row> rows(count);
  std::vector<std::int32_t> labels(count, -1);
  std::vector<std::string> names(count);
  if (h.find(Column::kLabel) != nullptr) dataset.read(Column::kLabel, first, count, labels.data());
  if (h.find(Column::kName) != nullptr) names = dataset.read_bytes(Column::kName, first, count);
  for (std::uint64_t i = 0; i < count; ++i) {
    rows[i].id = first + i;
    rows[i].label = labels[i];
    rows[i].name = printable(names[i]);
    if (labels[i] >= 0 && static_cast<std::size_t>(labels[i]) < h.classes.size())
      rows[i].class_name = printable(h.classes[static_cast<std::size_t>(labels[i])]);
  }
  return rows;
}

const Row& Rows::next() {
  constexpr std::uint64_t kMostRows = 1024;
  if (at_ == block_.size()) {
    check_stop();
    const store::Header& h = dataset_.header();
    const std::uint64_t id = h.first + taken_;
    std::uint64_t rows = std::min(kMostRows, std::max<std::uint64_t>(1, h.count - taken_));
    if (h.find(Column::kName) != nullptr) rows = std::min(rows, dataset_.run(Column::kName, id));
    block_ = rows_of(dataset_, id, rows);
    at_ = 0;
  }
  ++taken_;
  return block_[at_++];
}

}  // namespace cs::records
