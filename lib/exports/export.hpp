/// Out of shards again: files that other programs read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "store/dataset.hpp"

namespace cs::exports {

/// What an export is. File names come from ids, never from stored names.
enum class Form {
  kPng,         ///< a folder of ID.png
  kJpeg,        ///< a folder of ID.jpg
  kSource,      ///< a folder of the files that images are stored as, ID.EXT by their content
  kWebDataset,  ///< a tar of ID.EXT (as kSource, or PNG), ID.cls (the label) and ID.json
  kNpy,         ///< a folder of COLUMN.npy, one a column of numbers
  kTsv,         ///< a file of a line a record: id, label, class, name, numbers of vectors
};

/// Their names, in the order of Form.
inline constexpr const char* kFormNames = "png|jpeg|source|webdataset|npy|tsv";

/// Throws UsageError `what: 'name' is none of ...`.
Form form_of(const std::string& what, const std::string& name);

struct ExportOptions {
  std::optional<Form> form;  ///< kPng for images, kNpy for what has none
  int jpeg_quality = 95;     ///< 1 .. 100
};

/// Writes the new file or folder `target`, complete or not at all; folders hold an index.tsv of id,
/// label, class and name too. Memory stays at a few MiB and one image. Throws UsageError if the
/// target exists, DataError if the records are not of a kind that the form can hold.
void export_dataset(const store::Dataset& dataset, const std::filesystem::path& target,
                    const ExportOptions& options);

}  // namespace cs::exports
