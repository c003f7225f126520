/// The vocabulary of shard format 1: columns, types, encodings, the header. The manual page
/// cs-shard(5) states the same to the byte; a test pins the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"
#include "core/json_fwd.hpp"

namespace cs::store {

enum class Column : std::uint8_t { kImage, kLabel, kName, kEmbedding, kPosterior, kPrediction };

/// Part of the format on disk: never change the values.
enum class Type : std::uint8_t { kU8 = 0, kF32 = 1, kF16 = 2, kI32 = 3 };

/// Part of the format on disk: never change the values.
enum class Encoding : std::uint8_t {
  kRaw = 0,       ///< records one after the other, little-endian
  kShuffled = 1,  ///< the chunk's first bytes of all values, then their second bytes, ...
  kSource = 2,    ///< records of any length: the bytes of files, or UTF-8 text
};

const char* name_of(Column column);
const char* name_of(Type type);
const char* name_of(Encoding encoding);
std::size_t size_of(Type type);

/// Bytes of the largest record.
inline constexpr std::size_t kLargestRecord = std::size_t{1} << 30U;

/// What a column holds. `shape` is that of one record: {height, width, 3} for raw images, {width}
/// for embeddings, {} for a scalar or for records of any length (Encoding::kSource).
struct ColumnSpec {
  Column column = Column::kImage;
  Type type = Type::kU8;
  std::vector<std::uint32_t> shape;
  Encoding encoding = Encoding::kRaw;

  /// Bytes of one record; 0 if every record has its own length.
  std::size_t record_bytes() const;
  bool operator==(const ColumnSpec& other) const;
};

ColumnSpec image_spec(std::uint32_t height, std::uint32_t width);
ColumnSpec encoded_image_spec();  ///< image files, of any size
ColumnSpec label_spec();          ///< i32; -1 for a record without label
ColumnSpec prediction_spec();     ///< i32
ColumnSpec name_spec();
ColumnSpec vector_spec(Column column, Type type, std::uint32_t width);  ///< byte-shuffled

/// A shard is part `part` (from 0) of the `parts` shards that make up the set `id`.
struct SetPart {
  Digest id;
  std::uint32_t part = 0;
  std::uint32_t parts = 1;
};

/// The one JSON text in the sub-database `meta`. Holds no clock time, host or path, so that equal
/// runs write equal headers.
struct Header {
  std::uint64_t first = 0;  ///< id of the first record; ids are dense over a set
  std::uint64_t count = 0;
  std::vector<ColumnSpec> columns;
  std::vector<std::string> classes;  ///< label i is classes[i]; empty if unlabeled
  SetPart set;
  std::uint64_t views = 0;          ///< K: record id = original's id * K + view; 0 = originals
  std::optional<Digest> of;         ///< answers: fingerprint of the images that were answered
  std::optional<Digest> originals;  ///< views and answers to views: fingerprint of the originals
  std::string victim;               ///< answers: names the function that was asked
  /// JSON object with further facts about the records. Of answers, cs::answers reads and writes it:
  /// the victim, the names of the classes, the form of posteriors. cs-shard(5) lists the members.
  /// Later versions may add some; readers ignore those that they do not know.
  std::string about = "{}";
  Digest fingerprint;
  std::string history = "[]";  ///< JSON array, one object per tool that made or changed the data

  void append_history(const Json& step);

  /// The column's spec, or nullptr if the shard has none.
  const ColumnSpec* find(Column column) const;
  /// Hash of the shape and class fields, which a fingerprint holds beside its records' digests.
  Digest shape_digest() const;

  std::string to_json() const;
  /// Throws DataError `subject: ...` for anything that to_json() would not write.
  static Header from_json(std::string_view subject, std::string_view text);
};

/// What one record of one column adds to the fingerprint: xxh3-128 of the id (u64 little-endian),
/// the column's name and the record's bytes. `scratch` is reused between calls.
Digest record_digest(std::uint64_t id, Column column, const void* bytes, std::size_t size,
                     std::string& scratch);

}  // namespace cs::store
