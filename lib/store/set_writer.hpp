/// Writes a set: one shard, or several in a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "store/writer.hpp"

namespace cs::store {

/// Divides records evenly among `parts` shards `DIR/00000.lmdb` ..., or writes the single shard
/// `output` if `parts` is 1. Only close() publishes: it renames the parts when all are complete on
/// disk. The set's id is its fingerprint. A writer destroyed before that removes its files, and the
/// folder if it made it.
class SetWriter {
 public:
  /// `total` records are expected; should fewer come, the last parts are smaller. Makes the folder.
  /// Throws UsageError if it holds shards that may not be replaced.
  SetWriter(std::filesystem::path output, Overwrite overwrite, Header header, std::uint64_t total,
            std::uint32_t parts);

  /// The writer for the next record; call it once for each record.
  Writer& next();
  void close();

 private:
  std::filesystem::path path_of(std::uint32_t part) const;
  void begin_part();

  std::filesystem::path output_;
  Overwrite overwrite_;
  Header header_;
  std::uint64_t total_;
  std::uint32_t parts_;
  std::uint64_t records_ = 0;
  std::optional<Pending> folder_;  ///< if there are several parts; before `writers_`, to go last
  std::vector<std::unique_ptr<Writer>> writers_;
};

}  // namespace cs::store
