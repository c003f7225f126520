#include "store/writer.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "store/bytes.hpp"
#include "store/chunk.hpp"
#include "store/seal.hpp"

namespace cs::store {
namespace {

constexpr std::size_t kCommitBytes = std::size_t{16} << 20U;

/// As many images as kChunkBytes hold, or up to three times as many if else LMDB, which gives a
/// value whole pages, would leave more than 1 % of them unused: photographs are stored as they are.
std::size_t images_per_chunk(std::size_t record) {
  constexpr std::size_t kPage = 4096;
  constexpr std::size_t kHeaders = 64;  // of page, frame and chunk
  const std::size_t least = std::max<std::size_t>(kChunkBytes / record, 1);
  for (std::size_t rows = least; rows * record <= 3 * kChunkBytes; ++rows) {
    const std::size_t used = rows * record;
    if ((used + kHeaders + kPage - 1) / kPage * kPage <= used + used / 100) return rows;
  }
  return least;
}

std::size_t rows_per_chunk(const ColumnSpec& spec) {
  // One of zstd's blocks for the first bytes of all values, one for the second, and so on: with
  // unlike bytes in one block, f32 embeddings took 2 % more and up to 1.7 times as long to read.
  constexpr std::size_t kBlock = std::size_t{128} * 1024;
  const std::size_t record = std::max<std::size_t>(spec.record_bytes(), 1);
  if (spec.column == Column::kImage) return images_per_chunk(record);
  const bool shuffled = spec.encoding == Encoding::kShuffled;
  const std::size_t bytes = shuffled ? kBlock * size_of(spec.type) : kChunkBytes;
  return std::max<std::size_t>(bytes / record, 1);
}

}  // namespace

Writer::Writer(const std::filesystem::path& target, Overwrite overwrite, const Header& header)
    : file_(Pending::file(target, overwrite)),
      // As a reader will see it: refused here if it could not be read, text made UTF-8.
      header_(Header::from_json(target.string(), header.to_json())),
      env_(Env::create(file_.temporary())) {
  for (const ColumnSpec& spec : header_.columns) {
    columns_.emplace_back();
    columns_.back().spec = spec;
    columns_.back().chunk_first = header_.first;
    columns_.back().most_rows = rows_per_chunk(spec);
  }
}

Writer::Building& Writer::building(Column column, bool any_length) {
  const auto at = std::find_if(columns_.begin(), columns_.end(),
                               [&](const Building& b) { return b.spec.column == column; });
  if (at == columns_.end())
    throw Error(file_.target().string(), std::string("has no column ") + name_of(column));
  if ((at->spec.encoding == Encoding::kSource) != any_length)
    throw Error(file_.target().string(),
                std::string("column ") + name_of(column) +
                    (any_length ? " takes records of one length" : " takes records one by one"));
  return *at;
}

void Writer::append(Column column, const void* records, std::size_t count) {
  Building& b = building(column, false);
  const std::size_t size = b.spec.record_bytes();
  const char* bytes = static_cast<const char*>(records);
  for (std::size_t i = 0; i < count; ++i, bytes += size) {
    sum_ += record_digest(header_.first + b.records++, column, bytes, size, scratch_);
    b.payload.append(bytes, size);
    if (++b.rows == b.most_rows) flush(b);
  }
}

void Writer::append_bytes(Column column, std::string_view record) {
  Building& b = building(column, true);
  if (record.size() > kLargestRecord)
    throw DataError(file_.target().string(), "record " + std::to_string(header_.first + b.records) +
                                                 " is over 1 GiB; leave it out");
  sum_ +=
      record_digest(header_.first + b.records++, column, record.data(), record.size(), scratch_);
  b.payload += record;
  b.lengths.push_back(static_cast<std::uint32_t>(record.size()));
  ++b.rows;
  if (b.payload.size() + 4 * b.lengths.size() >= kChunkBytes) flush(b);
}

void Writer::flush(Building& b) {
  if (b.rows == 0) return;
  pending_.push_back({name_of(b.spec.column), id_key(b.chunk_first),
                      encode_chunk(b.spec, b.chunk_first, b.rows, b.lengths, b.payload),
                      MDB_APPEND});
  pending_bytes_ += pending_.back().bytes.size();
  b.chunk_first += b.rows;
  b.rows = 0;
  b.payload.clear();
  b.lengths.clear();
  if (pending_bytes_ >= kCommitBytes) commit();
}

void Writer::commit() {
  const auto try_once = [&] {
    Txn txn(env_, Txn::Mode::kWrite);
    for (const Value& v : pending_) {
      MDB_dbi dbi = 0;
      if (txn.create(v.database, dbi) == MDB_MAP_FULL) return false;
      if (txn.put(dbi, v.key, v.bytes, v.flags) == MDB_MAP_FULL) return false;
    }
    return txn.commit() != MDB_MAP_FULL;
  };
  while (!try_once()) env_.grow();  // a full map kills the transaction: all of it is written again
  pending_.clear();
  pending_bytes_ = 0;
}

std::uint64_t Writer::count() const { return columns_.empty() ? 0 : columns_.front().records; }

Digest Writer::records_sum() const { return sum_; }

void Writer::set_part(const SetPart& part) { header_.set = part; }

void Writer::finish() {
  for (Building& b : columns_) {
    if (b.records != count())
      throw Error(file_.target().string(), std::string("column ") + name_of(b.spec.column) +
                                               " has " + std::to_string(b.records) +
                                               " records, not " + std::to_string(count()));
    flush(b);
  }
}

void Writer::rest() {
  finish();
  commit();
  for (Building& b : columns_) {
    std::string().swap(b.payload);
    std::vector<std::uint32_t>().swap(b.lengths);
  }
  { const Env closing = std::move(env_); }
}

void Writer::complete() {
  finish();
  if (env_.get() == nullptr) env_ = Env::create(file_.temporary());
  header_.count = count();
  header_.fingerprint = sum_;
  header_.fingerprint += header_.shape_digest();
  if (header_.set.id == Digest{}) header_.set.id = header_.fingerprint;
  pending_.push_back({"meta", "header", header_.to_json(), 0});
  commit();
  env_.sync();
  const std::uint64_t length = env_.bytes_in_use();
  { const Env closing = std::move(env_); }
  seal(file_.temporary(), length);
  complete_ = true;
}

void Writer::close() {
  if (!complete_) complete();
  file_.publish();
}

}  // namespace cs::store
