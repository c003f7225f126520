#include "store/reader.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/stop.hpp"
#include "store/bytes.hpp"

namespace cs::store {
namespace {

constexpr std::uint64_t kBytesWorthAThread = std::uint64_t{8} << 20U;  // about 1 ms

Env open_checked(const std::filesystem::path& path, Verify verify) {
  check_seal(path, verify);
  return Env::open_sealed(path);
}

}  // namespace

Reader::Reader(const std::filesystem::path& path, Verify verify)
    : env_(open_checked(path, verify)), txn_(env_, Txn::Mode::kRead) {
  std::string_view text;
  if (!txn_.get(txn_.open("meta"), "header", text))
    throw DataError(path.string(), "has no header; not a shard");
  header_ = Header::from_json(path.string(), text);
  for (const ColumnSpec& spec : header_.columns) columns_[spec.column] = index(spec);
}

std::vector<Reader::Span> Reader::index(const ColumnSpec& spec) {
  const std::string subject = path().string();
  const std::string column = name_of(spec.column);
  std::vector<Span> spans;
  MDB_dbi dbi = 0;
  if (!txn_.exists(column.c_str(), dbi)) {
    if (header_.count == 0) return spans;
    throw DataError(subject, "lacks the column " + column + " that its header names");
  }
  txn_.for_each(dbi, [&](std::string_view key, std::string_view value) {
    if (key.size() != 8) throw DataError(subject, "column " + column + " has a foreign key");
    const std::uint64_t first = id_from_key(key);
    if (!spans.empty()) spans.back().count = first - spans.back().first;
    spans.push_back({first, 0, value});
  });
  const std::uint64_t end = header_.first + header_.count;
  if ((spans.empty() ? end : spans.front().first) != (header_.count == 0 ? end : header_.first) ||
      (!spans.empty() && spans.back().first >= end))
    throw DataError(subject, "column " + column + " does not hold the ids that its header states");
  if (!spans.empty()) spans.back().count = end - spans.back().first;
  // What readers allocate by the header's count and shape, the chunks must bear out.
  for (const Span& span : spans) check_stated_size(subject, span.frame, spec, span.count);
  return spans;
}

const ColumnSpec& Reader::spec_of(Column column) const {
  const ColumnSpec* spec = header_.find(column);
  if (spec == nullptr)
    throw DataError(path().string(), std::string("has no column ") + name_of(column));
  return *spec;
}

std::vector<Reader::Span> Reader::spans(Column column, std::uint64_t first,
                                        std::uint64_t count) const {
  if (first < header_.first || count > header_.count ||
      first - header_.first > header_.count - count)
    throw DataError(path().string(), "does not hold " + std::to_string(count) + " records from " +
                                         std::to_string(first));
  std::vector<Span> found;
  if (count == 0) return found;
  const std::vector<Span>& all = columns_.at(column);
  auto at = std::upper_bound(all.begin(), all.end(), first,
                             [](std::uint64_t id, const Span& span) { return id < span.first; });
  for (--at; at != all.end() && at->first < first + count; ++at) found.push_back(*at);
  return found;
}

void Reader::read(Column column, std::uint64_t first, std::uint64_t count, void* out,
                  int threads) const {
  const ColumnSpec& spec = spec_of(column);
  const std::size_t record = spec.record_bytes();
  if (record == 0)
    throw DataError(path().string(), std::string("column ") + name_of(column) +
                                         " holds encoded records of any length, not raw ones");
  const std::vector<Span> found = spans(column, first, count);
  const std::uint64_t worth = count * record / kBytesWorthAThread;
  const int used =
      static_cast<int>(std::min<std::uint64_t>(static_cast<std::uint64_t>(threads), worth));
  parallel_for(found.size(), used, [&](std::size_t i) {
    read_span(spec, found[i], first, count, static_cast<char*>(out));
  });
}

void Reader::read_span(const ColumnSpec& spec, const Span& span, std::uint64_t first,
                       std::uint64_t count, char* out) const {
  const std::size_t record = spec.record_bytes();
  const std::uint64_t from = std::max(first, span.first);
  const std::uint64_t until = std::min(first + count, span.first + span.count);
  char* target = out + (from - first) * record;
  if (until - from == span.count) {
    decode_chunk_to(path().string(), span.frame, spec, span.first, span.count, target);
  } else {
    const Chunk chunk = decode_chunk(path().string(), span.frame, spec, span.first, span.count);
    std::memcpy(target, chunk.payload.data() + (from - span.first) * record,
                (until - from) * record);
  }
}

std::vector<std::string> Reader::read_bytes(Column column, std::uint64_t first,
                                            std::uint64_t count) const {
  const ColumnSpec& spec = spec_of(column);
  if (spec.encoding != Encoding::kSource)
    throw DataError(path().string(), std::string("column ") + name_of(column) +
                                         " holds raw records, not encoded ones");
  std::vector<std::string> records;
  for (const Span& span : spans(column, first, count)) {
    const Chunk chunk = decode_chunk(path().string(), span.frame, spec, span.first, span.count);
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < span.count; at += chunk.lengths[i++]) {
      const std::uint64_t id = span.first + i;
      if (id >= first && id < first + count)
        records.emplace_back(chunk.payload.data() + at, chunk.lengths[i]);
    }
  }
  return records;
}

std::uint64_t Reader::run(Column column, std::uint64_t id) const {
  spec_of(column);
  const Span span = spans(column, id, 1).front();
  return span.first + span.count - id;
}

void Reader::check_records() const {
  Digest sum = header_.shape_digest();
  std::string scratch;
  for (const ColumnSpec& spec : header_.columns) {
    for (const Span& span : columns_.at(spec.column)) {
      check_stop();
      const Chunk chunk = decode_chunk(path().string(), span.frame, spec, span.first, span.count);
      std::size_t at = 0;
      for (std::uint64_t i = 0; i < span.count; ++i) {
        const std::size_t size = chunk.lengths.empty() ? spec.record_bytes() : chunk.lengths[i];
        sum += record_digest(span.first + i, spec.column, chunk.payload.data() + at, size, scratch);
        at += size;
      }
    }
  }
  if (sum != header_.fingerprint)
    throw DataError(path().string(), "its records do not add up to its fingerprint");
}

}  // namespace cs::store
