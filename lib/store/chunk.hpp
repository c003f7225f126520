/// Chunks: runs of records of one column, each one value in LMDB. A chunk is one zstd frame over
/// a header and a payload (cs-shard(5)):
///
///     u64 first id   u32 count   u8 type   u8 encoding   u8 dimensions   u8 0
///     u32 extent [dimensions]                  of one record
///     u32 length [count]                       only if encoding = source
///     payload
///
/// All numbers little-endian. This is where foreign bytes enter: decode() checks everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/format.hpp"

namespace cs::store {

/// The usual payload of a chunk in bytes; images may take up to three times as much. LMDB rounds a
/// value up to whole 4 KiB pages, so large chunks waste little; small ones keep a random read
/// cheap.
inline constexpr std::size_t kChunkBytes = std::size_t{256} * 1024;

/// The zstd frame of `count` records from id `first`. `lengths` has `count` entries for
/// Encoding::kSource, none otherwise; `payload` holds the records one after the other.
std::string encode_chunk(const ColumnSpec& spec, std::uint64_t first, std::uint32_t count,
                         const std::vector<std::uint32_t>& lengths, std::string_view payload);

/// A decoded chunk, its values unshuffled.
struct Chunk {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  std::vector<std::uint32_t> lengths;  ///< of every record, for Encoding::kSource only
  std::vector<char> payload;
};

/// Decodes a frame that must hold exactly `count` records of `spec` from id `first`. Allocates no
/// more than those take, or 2 GiB for records with lengths of their own, whatever the frame claims.
/// Throws DataError `subject: ...`.
Chunk decode_chunk(std::string_view subject, std::string_view frame, const ColumnSpec& spec,
                   std::uint64_t first, std::uint64_t count);

/// Decodes a frame of fixed-size records straight to `out`, which has room for all of them.
void decode_chunk_to(std::string_view subject, std::string_view frame, const ColumnSpec& spec,
                     std::uint64_t first, std::uint64_t count, char* out);

/// Throws DataError unless the frame states a content that `count` records of `spec` may take, and
/// that so few bytes may unpack to. Unpacks nothing.
void check_stated_size(std::string_view subject, std::string_view frame, const ColumnSpec& spec,
                       std::uint64_t count);

}  // namespace cs::store
