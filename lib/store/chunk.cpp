#include "store/chunk.hpp"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

#include "core/error.hpp"
#include "store/bytes.hpp"

namespace cs::store {
namespace {

constexpr std::size_t kFixedHeader = 16;
constexpr std::size_t kLargestFrame = std::size_t{1} << 31U;  // of records with their own lengths
constexpr int kLevel = 1;  // higher levels gain under 2 % on pixels and embeddings
constexpr std::size_t kSample = std::size_t{32} * 1024;

std::size_t header_bytes(const ColumnSpec& spec) { return kFixedHeader + 4 * spec.shape.size(); }

std::string encode_header(const ColumnSpec& spec, std::uint64_t first, std::uint64_t count) {
  std::string out;
  put(out, first);
  put(out, static_cast<std::uint32_t>(count));
  put(out, static_cast<std::uint8_t>(spec.type));
  put(out, static_cast<std::uint8_t>(spec.encoding));
  put(out, static_cast<std::uint8_t>(spec.shape.size()));
  put(out, std::uint8_t{0});
  for (const std::uint32_t extent : spec.shape) put(out, extent);
  return out;
}

/// All first bytes of the `size`-byte values, then all second bytes, ...
void shuffle(const char* in, std::size_t bytes, std::size_t size, char* out) {
  const std::size_t values = bytes / size;
  for (std::size_t b = 0; b < size; ++b)
    for (std::size_t i = 0; i < values; ++i) out[b * values + i] = in[i * size + b];
}

template <std::size_t kSize>
void unshuffle(const char* in, std::size_t values, char* out) {
  for (std::size_t i = 0; i < values; ++i)
    for (std::size_t b = 0; b < kSize; ++b) out[i * kSize + b] = in[b * values + i];
}

void unshuffle(const char* in, std::size_t bytes, std::size_t size, char* out) {
  if (size == 4)
    unshuffle<4>(in, bytes / 4, out);
  else if (size == 2)
    unshuffle<2>(in, bytes / 2, out);
  else if (bytes > 0)
    std::memcpy(out, in, bytes);
}

struct ContextDeleter {
  void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
  void operator()(ZSTD_DCtx* d) const { ZSTD_freeDCtx(d); }
};

/// Throws unless `frame` is one whole frame that states, and has the bytes for, a content of
/// `expected` bytes, so that nothing is allocated for a lie.
void check_frame(std::string_view subject, std::string_view frame, std::size_t expected) {
  constexpr std::size_t kDensest = std::size_t{32} * 1024;  // a block: 128 KiB from 4 bytes
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size())
    throw DataError(subject, "a chunk is not one whole zstd frame; make the shard again");
  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != expected ||
      expected / kDensest > frame.size())
    throw DataError(subject, "a chunk does not decompress to its size; make the shard again");
}

/// The content of a frame whose size is known (`expected`), in a buffer of this thread.
const std::vector<char>& decompress(std::string_view subject, std::string_view frame,
                                    std::size_t expected) {
  static thread_local const std::unique_ptr<ZSTD_DCtx, ContextDeleter> context(ZSTD_createDCtx());
  static thread_local std::vector<char> content;
  check_frame(subject, frame, expected);
  content.resize(expected);
  const std::size_t n =
      ZSTD_decompressDCtx(context.get(), content.data(), expected, frame.data(), frame.size());
  if (ZSTD_isError(n) != 0 || n != expected)
    throw DataError(subject, "a chunk does not decompress to its size; make the shard again");
  return content;
}

void check_header(std::string_view subject, const std::vector<char>& content,
                  const ColumnSpec& spec, std::uint64_t first, std::uint64_t count) {
  const std::string wanted = encode_header(spec, first, count);
  if (content.size() < wanted.size() ||
      std::memcmp(content.data(), wanted.data(), wanted.size()) != 0)
    throw DataError(subject, std::string("a chunk of ") + name_of(spec.column) +
                                 " contradicts the header; make the shard again");
}

/// kLevel, or for a chunk from the middle of which it saves less than a twentieth, as of
/// photographs, zstd's lowest: plain blocks, read and written at the speed of memory. `frame` is
/// scratch space.
int level_for(ZSTD_CCtx* context, const ColumnSpec& spec, const std::string& content,
              std::string& frame) {
  if (spec.encoding == Encoding::kShuffled || content.size() < 4 * kSample) return kLevel;
  const std::size_t n =
      ZSTD_compressCCtx(context, frame.data(), frame.size(),
                        content.data() + (content.size() - kSample) / 2, kSample, kLevel);
  return ZSTD_isError(n) == 0 && n > kSample / 20 * 19 ? ZSTD_minCLevel() : kLevel;
}

std::size_t fixed_content(std::string_view subject, const ColumnSpec& spec, std::uint64_t count) {
  const std::size_t record = spec.record_bytes();
  if (count > std::numeric_limits<std::uint32_t>::max() || count > kLargestFrame / record + 1)
    throw DataError(subject, "a chunk has impossibly many records; make the shard again");
  return header_bytes(spec) + count * record;
}

}  // namespace

std::string encode_chunk(const ColumnSpec& spec, std::uint64_t first, std::uint32_t count,
                         const std::vector<std::uint32_t>& lengths, std::string_view payload) {
  static thread_local const std::unique_ptr<ZSTD_CCtx, ContextDeleter> context(ZSTD_createCCtx());
  static thread_local std::string content;  // kept: fresh pages for each chunk cost more
  static thread_local std::string frame;
  content.clear();
  content += encode_header(spec, first, count);
  for (const std::uint32_t length : lengths) put(content, length);
  const std::size_t before = content.size();
  content.resize(before + payload.size());
  if (spec.encoding == Encoding::kShuffled)
    shuffle(payload.data(), payload.size(), size_of(spec.type), content.data() + before);
  else if (!payload.empty())
    std::memcpy(content.data() + before, payload.data(), payload.size());
  frame.resize(std::max(frame.size(), ZSTD_compressBound(content.size())));
  const int level = level_for(context.get(), spec, content, frame);
  const std::size_t n = ZSTD_compressCCtx(context.get(), frame.data(), frame.size(), content.data(),
                                          content.size(), level);
  if (ZSTD_isError(n) != 0) throw Error(std::string("zstd: ") + ZSTD_getErrorName(n));
  return frame.substr(0, n);
}

void decode_chunk_to(std::string_view subject, std::string_view frame, const ColumnSpec& spec,
                     std::uint64_t first, std::uint64_t count, char* out) {
  const std::vector<char>& content =
      decompress(subject, frame, fixed_content(subject, spec, count));
  check_header(subject, content, spec, first, count);
  const char* payload = content.data() + header_bytes(spec);
  const std::size_t bytes = count * spec.record_bytes();
  unshuffle(payload, bytes, spec.encoding == Encoding::kShuffled ? size_of(spec.type) : 1, out);
}

Chunk decode_chunk(std::string_view subject, std::string_view frame, const ColumnSpec& spec,
                   std::uint64_t first, std::uint64_t count) {
  if (count > std::numeric_limits<std::uint32_t>::max())
    throw DataError(subject, "a chunk has impossibly many records; make the shard again");
  Chunk chunk;
  chunk.first = first;
  chunk.count = static_cast<std::uint32_t>(count);
  if (spec.encoding != Encoding::kSource) {
    const std::size_t content = fixed_content(subject, spec, count);
    check_frame(subject, frame, content);
    chunk.payload.resize(content - header_bytes(spec));
    decode_chunk_to(subject, frame, spec, first, count, chunk.payload.data());
    return chunk;
  }
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  const std::size_t before = header_bytes(spec) + 4 * count;
  if (size > kLargestFrame || size < before)  // the error codes are huge numbers too
    throw DataError(subject, "a chunk states an impossible size; make the shard again");
  const std::vector<char>& content = decompress(subject, frame, size);
  check_header(subject, content, spec, first, count);
  std::size_t total = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    chunk.lengths.push_back(get<std::uint32_t>(content.data() + header_bytes(spec) + 4 * i));
    total += chunk.lengths.back();
  }
  if (total != size - before)
    throw DataError(subject, "the lengths in a chunk do not add up; make the shard again");
  chunk.payload.assign(content.begin() + static_cast<std::ptrdiff_t>(before), content.end());
  return chunk;
}

void check_stated_size(std::string_view subject, std::string_view frame, const ColumnSpec& spec,
                       std::uint64_t count) {
  const bool fixed = spec.encoding != Encoding::kSource;
  if (count > std::numeric_limits<std::uint32_t>::max())
    throw DataError(subject, "a chunk has impossibly many records; make the shard again");
  const std::size_t least =
      fixed ? fixed_content(subject, spec, count) : header_bytes(spec) + 4 * count;
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  const std::size_t most = std::min(fixed ? least : kLargestFrame,  // zstd's densest block:
                                    (frame.size() / 4 + 1) * (std::size_t{128} << 10U));
  if (size < least || size > most)  // error codes are huge numbers too
    throw DataError(subject, "a chunk states an impossible size; make the shard again");
}

}  // namespace cs::store
