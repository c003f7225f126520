/// One or more shards read as one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/reader.hpp"

namespace cs::store {

/// A dataset operand is a shard, several shards of one set, or a folder of shards (`DIR/*.lmdb` in
/// name order). A folder must hold all parts of one set, so that half of a set is never taken for
/// all of it. Shards named one by one must follow one another: ids are consecutive from shard to
/// shard. Every violation is a DataError that says which part is missing.
class Dataset {
 public:
  /// Up to `threads` threads verify the shards, one each, and share a read() of many MiB.
  explicit Dataset(const std::vector<std::filesystem::path>& operands, Verify verify = Verify::kAll,
                   int threads = 1);

  /// Columns, classes, links and history as in the first shard; first id, count and fingerprint of
  /// the whole; the set's part only if this is a single shard.
  const Header& header() const { return header_; }
  const std::vector<Reader>& shards() const { return shards_; }
  std::uint64_t count() const { return header_.count; }
  const std::string& name() const { return name_; }  ///< the operand, for messages

  /// Throws DataError naming the dataset and what it holds instead.
  const ColumnSpec& require(Column column) const;

  /// Copies records of a fixed-size column; ids as in Reader::read().
  void read(Column column, std::uint64_t first, std::uint64_t count, void* out) const;
  std::vector<std::string> read_bytes(Column column, std::uint64_t first,
                                      std::uint64_t count) const;

  /// As Reader::run().
  std::uint64_t run(Column column, std::uint64_t id) const;
  /// The shard that holds the record.
  const Reader& shard_of(std::uint64_t id) const;

  /// Whether these are answers to exactly the images of `images`, however both are divided into
  /// shards.
  bool answers_to(const Dataset& images) const;
  /// Whether these and `other` are answers to the same images, divided into the same shards.
  bool answers_same_images(const Dataset& other) const;
  /// Whether these are views of exactly the records of `originals`, or answers to such views.
  bool views_of(const Dataset& originals) const;

 private:
  bool links_to(std::optional<Digest> Header::*link, const Dataset& target) const;

  std::vector<Reader> shards_;
  Header header_;
  std::string name_;
  int threads_;
};

/// Whether `path` is a folder that holds at least one shard.
bool is_folder_of_shards(const std::filesystem::path& path);

/// The header of what a tool makes from `input`, record by record: same ids, classes and part, the
/// set renamed by (its id, `step`), and `step` added to the history.
Header derived_header(const Dataset& input, const Json& step);

}  // namespace cs::store
