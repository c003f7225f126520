/// Writes one shard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "store/env.hpp"
#include "store/format.hpp"

namespace cs::store {

/// A shard under construction. Columns are appended in record order, each at its own pace; memory
/// stays at one chunk per column and a few MiB of chunks not yet committed. Only close() publishes
/// (sync, seal, rename); a writer destroyed before that leaves nothing behind.
///
///     Writer writer(path, overwrite, header);
///     writer.append(Column::kImage, pixels, 100);
///     writer.append(Column::kLabel, labels, 100);
///     writer.close();
class Writer {
 public:
  /// `header` states columns, classes, first id, links and history; close() fills in count and
  /// fingerprint, and makes the fingerprint the id of the set if neither `header` (as one from
  /// derived_header() does) nor set_part() gave one. Throws DataError if no reader would take it.
  Writer(const std::filesystem::path& target, Overwrite overwrite, const Header& header);

  /// Appends `count` fixed-size records, one after the other in memory, little-endian.
  void append(Column column, const void* records, std::size_t count);
  /// Appends one record to a column of Encoding::kSource.
  void append_bytes(Column column, std::string_view record);

  /// Writes out what is buffered. Throws Error if the columns have unequal numbers of records.
  /// Called by close(); call it first where a set's id depends on the fingerprint.
  void finish();
  std::uint64_t count() const;  ///< records so far
  Digest records_sum() const;   ///< what the records add to the fingerprint
  const Header& header() const { return header_; }
  void set_part(const SetPart& part);

  /// finish(), and closes the file and frees the memory: for a shard that waits until those after
  /// it are written. Nothing can be appended afterwards.
  void rest();
  /// All of close() but the renaming. After it, a full disk can no longer be a problem.
  void complete();
  void close();

 private:
  struct Building {
    ColumnSpec spec;
    std::size_t most_rows = 0;      ///< of a chunk, where records have one length
    std::uint64_t records = 0;      ///< appended in all
    std::uint64_t chunk_first = 0;  ///< id of the first record in `payload`
    std::string payload;
    std::vector<std::uint32_t> lengths;
    std::uint32_t rows = 0;  ///< in `payload`
  };
  struct Value {
    const char* database;
    std::string key, bytes;
    unsigned flags;
  };

  Building& building(Column column, bool any_length);
  void flush(Building& b);
  void commit();

  Pending file_;
  Header header_;
  Env env_;
  std::vector<Building> columns_;
  std::vector<Value> pending_;
  std::size_t pending_bytes_ = 0;
  Digest sum_;
  std::string scratch_;
  bool complete_ = false;
};

}  // namespace cs::store
