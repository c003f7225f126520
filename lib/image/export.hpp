/// Out of shards again: files that other programs read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/dataset.hpp"

namespace cs::image {

/// A record as listings show it. Class and name are printable(): no tabs, no line ends.
struct Row {
  std::uint64_t id = 0;
  std::int32_t label = -1;  ///< -1 if it has none
  std::string class_name, name;
};

/// `id label class name`, cut by tabs.
std::string to_tsv(const Row& row);

std::vector<Row> rows_of(const store::Dataset& dataset);
/// Those of the ids `first` .. `first + count - 1`.
std::vector<Row> rows_of(const store::Dataset& dataset, std::uint64_t first, std::uint64_t count);

/// Writes the new folder `folder`, complete or not at all: images as ID.png and index.tsv (id,
/// label, class, name); vectors as COLUMN.npy (f32 or f16) and, if they have labels, label.npy
/// (i32). File names come from ids, never from stored names. Throws UsageError if the folder
/// exists.
void export_dataset(const store::Dataset& dataset, const std::filesystem::path& folder);

}  // namespace cs::image
