// A chunk of a shard. Input: u8 what follows, u8 column, u64 first id, u64 count, then a zstd
// frame, or the content of one, which a fuzzer cannot change through compression, or a payload to
// encode.
#include <zstd.h>

#include <array>
#include <numeric>
#include <vector>

#include "fuzz.hpp"
#include "store/chunk.hpp"

namespace cs::fuzz {
namespace {

using store::Chunk;
using store::Column;
using store::ColumnSpec;
using store::Encoding;
using store::Type;

enum What : std::uint8_t { kFrame, kContent, kPayload, kWhats };

const std::array<ColumnSpec, 8> kSpecs = {
    store::image_spec(2, 1),
    store::image_spec(32, 32),
    store::encoded_image_spec(),
    store::label_spec(),
    store::name_spec(),
    store::vector_spec(Column::kEmbedding, Type::kF32, 2),
    store::vector_spec(Column::kPosterior, Type::kF16, 3),
    ColumnSpec{Column::kEmbedding, Type::kF32, {3}, Encoding::kRaw}};

std::string compress(std::string_view content) {
  std::string frame(ZSTD_compressBound(content.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), content.data(), content.size(), 1));
  return frame;
}

std::string encode(const ColumnSpec& spec, const Chunk& chunk) {
  return store::encode_chunk(spec, chunk.first, chunk.count, chunk.lengths,
                             {chunk.payload.data(), chunk.payload.size()});
}

/// Any bytes as a chunk: records of up to 255 bytes each, or as many whole ones as there are.
Chunk chunk_of(const ColumnSpec& spec, std::uint64_t first, std::string_view bytes) {
  Chunk chunk{first, 0, {}, {}};
  if (const std::size_t record = spec.record_bytes(); record != 0) {
    chunk.count = static_cast<std::uint32_t>(bytes.size() / record);
    chunk.payload.assign(bytes.begin(), bytes.begin() + chunk.count * record);
    return chunk;
  }
  for (; !bytes.empty(); ++chunk.count) {
    const std::size_t length =
        std::min<std::size_t>(static_cast<unsigned char>(bytes[0]), bytes.size() - 1);
    chunk.lengths.push_back(static_cast<std::uint32_t>(length));
    chunk.payload.insert(chunk.payload.end(), bytes.begin() + 1, bytes.begin() + 1 + length);
    bytes.remove_prefix(1 + length);
  }
  return chunk;
}

void check(const ColumnSpec& spec, const Chunk& chunk, std::string_view frame) {
  const std::size_t bytes = std::accumulate(chunk.lengths.begin(), chunk.lengths.end(),
                                            chunk.count * spec.record_bytes());
  require(chunk.lengths.size() == (spec.encoding == Encoding::kSource ? chunk.count : 0),
          "records of any length, and only those, have lengths");
  require(chunk.payload.size() == bytes, "the payload holds the records");
  if (spec.encoding != Encoding::kSource) {
    std::vector<char> payload(bytes);
    store::decode_chunk_to(kSubject, frame, spec, chunk.first, chunk.count, payload.data());
    require(payload == chunk.payload, "both ways to decode agree");
  }
}

void check_round_trip(const ColumnSpec& spec, const Chunk& chunk) {
  const Chunk again =
      store::decode_chunk(kSubject, encode(spec, chunk), spec, chunk.first, chunk.count);
  require(again.lengths == chunk.lengths && again.payload == chunk.payload,
          "a chunk reads back as it was written");
}

}  // namespace

void run(Input input) {
  const auto what = input.take<std::uint8_t>() % kWhats;
  const ColumnSpec& spec = kSpecs[input.take<std::uint8_t>() % kSpecs.size()];
  const auto first = input.take<std::uint64_t>();
  const auto count = input.take<std::uint64_t>();
  if (what == kPayload) {
    check_round_trip(spec, chunk_of(spec, first, input.rest()));
    return;
  }
  const Exact exact(what == kFrame ? input.rest() : compress(input.rest()));
  const std::string_view frame = exact.view();
  const auto chunk =
      accepted([&] { return store::decode_chunk(kSubject, frame, spec, first, count); });
  if (!chunk) return;
  require(chunk->first == first && chunk->count == count, "the chunk is the one asked for");
  check(spec, *chunk, frame);
  check_round_trip(spec, *chunk);
}

}  // namespace cs::fuzz
