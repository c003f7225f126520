/// Reads one sealed shard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/chunk.hpp"
#include "store/env.hpp"
#include "store/format.hpp"
#include "store/seal.hpp"

namespace cs::store {

/// A sealed shard, open for reading: verified before LMDB touches it, never changed, so all read
/// functions are const and safe from several threads. Every damage is a DataError.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path, Verify verify = Verify::kAll);

  const Header& header() const { return header_; }
  const std::filesystem::path& path() const { return env_.path(); }

  /// Copies fixed-size records `first` .. `first + count - 1` (ids) to `out`, unshuffled, on up to
  /// `threads` threads, one for every 8 MiB: small reads stay on the calling thread.
  void read(Column column, std::uint64_t first, std::uint64_t count, void* out,
            int threads = 1) const;
  /// Records of a column of Encoding::kSource.
  std::vector<std::string> read_bytes(Column column, std::uint64_t first,
                                      std::uint64_t count) const;

  /// The number of records from `id` on in its chunk of the column. Reading them together is
  /// cheapest, and takes memory that does not grow with the shard.
  std::uint64_t run(Column column, std::uint64_t id) const;

  /// Decodes every record and compares the sum with the fingerprint; throws DataError.
  void check_records() const;

 private:
  struct Span {
    std::uint64_t first, count;
    std::string_view frame;  ///< in LMDB's map
  };
  std::vector<Span> index(const ColumnSpec& spec);
  /// Copies those of the ids that `span` holds to where `out` has room for them.
  void read_span(const ColumnSpec& spec, const Span& span, std::uint64_t first, std::uint64_t count,
                 char* out) const;
  const ColumnSpec& spec_of(Column column) const;
  /// The spans that hold the ids; throws DataError if the shard does not have all of them.
  std::vector<Span> spans(Column column, std::uint64_t first, std::uint64_t count) const;

  Env env_;
  Txn txn_;  ///< keeps the map's pages valid
  Header header_;
  std::map<Column, std::vector<Span>> columns_;
};

}  // namespace cs::store
