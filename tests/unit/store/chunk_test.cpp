#include "store/chunk.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zstd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "support/thrown.hpp"

namespace cs::store {
namespace {

using cs::test::thrown;

std::string text_of(const std::vector<char>& bytes) { return {bytes.begin(), bytes.end()}; }

std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}

std::string inflate(const std::string& frame) {
  std::string content(ZSTD_getFrameContentSize(frame.data(), frame.size()), '\0');
  EXPECT_EQ(ZSTD_decompress(content.data(), content.size(), frame.data(), frame.size()),
            content.size());
  return content;
}

std::string deflate(const std::string& content) {
  std::string frame(ZSTD_compressBound(content.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), content.data(), content.size(), 3));
  return frame;
}

/// A frame that states a content size, four bytes wide, of `size`.
std::string lying_frame(const std::string& frame, std::uint32_t size) {
  std::string lie = frame.substr(0, 4);  // magic
  lie += bytes_of({0x80 | 0x20});        // 4-byte content size, one segment
  for (unsigned i = 0; i < 4; ++i) lie += static_cast<char>(size >> (8 * i) & 0xFFU);
  const auto descriptor = static_cast<unsigned char>(frame[4]);
  EXPECT_EQ(descriptor & 0x23U, 0x20U);  // single segment, no dictionary: one-byte content size
  EXPECT_EQ(descriptor >> 6U, 0U);
  return lie + frame.substr(6);
}

const ColumnSpec kPairs = vector_spec(Column::kEmbedding, Type::kF32, 2);

TEST(Chunk, OfRawRecordsHasTheLayoutOfTheManualPage) {
  const std::string frame = encode_chunk(image_spec(1, 2), 0x0102, 2, {}, "abcdefghijkl");
  EXPECT_EQ(inflate(frame), bytes_of({2, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0,  //
                                      1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0}) +
                                "abcdefghijkl");
}

TEST(Chunk, OfShuffledRecordsHasTheLayoutOfTheManualPage) {
  const std::string frame = encode_chunk(kPairs, 5, 2, {}, "abcdefghijklmnop");
  EXPECT_EQ(inflate(frame), bytes_of({5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 1, 1, 0, 2, 0, 0, 0}) +
                                "aeimbfjncgkodhlp");
  const std::string half =
      encode_chunk(vector_spec(Column::kEmbedding, Type::kF16, 3), 0, 1, {}, "abcdef");
  EXPECT_EQ(inflate(half),
            bytes_of({0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1, 0, 3, 0, 0, 0}) + "acebdf");
}

TEST(Chunk, OfRecordsOfAnyLengthHasTheLayoutOfTheManualPage) {
  const std::string frame = encode_chunk(name_spec(), 7, 3, {2, 0, 3}, "abcde");
  EXPECT_EQ(inflate(frame), bytes_of({7, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 2, 0, 0,  //
                                      2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0}) +
                                "abcde");
}

TEST(Chunk, IsOneFrameThatStatesItsSize) {
  const std::string frame = encode_chunk(kPairs, 5, 1, {}, "abcdefgh");
  EXPECT_EQ(ZSTD_findFrameCompressedSize(frame.data(), frame.size()), frame.size());
  EXPECT_EQ(ZSTD_getFrameContentSize(frame.data(), frame.size()), 28U);
}

TEST(Chunk, ReadsBackInEveryEncoding) {
  for (const ColumnSpec& spec :
       {image_spec(3, 5), label_spec(), kPairs, vector_spec(Column::kEmbedding, Type::kF16, 7),
        ColumnSpec{Column::kEmbedding, Type::kF32, {4}, Encoding::kRaw}}) {
    std::string payload;
    for (std::size_t i = 0; i < 9 * spec.record_bytes(); ++i)
      payload += static_cast<char>(i * i * 31 + i);
    const Chunk chunk = decode_chunk("s", encode_chunk(spec, 100, 9, {}, payload), spec, 100, 9);
    EXPECT_EQ(text_of(chunk.payload), payload) << name_of(spec.column);
    EXPECT_EQ(chunk.first, 100U);
    EXPECT_EQ(chunk.count, 9U);
    EXPECT_TRUE(chunk.lengths.empty());
  }
  const Chunk names =
      decode_chunk("s", encode_chunk(name_spec(), 1, 3, {2, 0, 3}, "abcde"), name_spec(), 1, 3);
  EXPECT_EQ(names.lengths, (std::vector<std::uint32_t>{2, 0, 3}));
  EXPECT_EQ(text_of(names.payload), "abcde");
  const Chunk empty =
      decode_chunk("s", encode_chunk(name_spec(), 1, 2, {0, 0}, ""), name_spec(), 1, 2);
  EXPECT_TRUE(empty.payload.empty());
}

/// 256 KiB, of which the bytes from `noisy` on are random.
std::string payload_of_a_chunk(std::size_t noisy) {
  std::string payload(std::size_t{256} * 1024, 'a');
  Random random(1, Purpose::kSynth, 0);
  for (std::size_t i = noisy; i < payload.size(); ++i)
    payload[i] = static_cast<char>(random.bits());
  return payload;
}

/// Whether a frame holds what it compresses to as it is, but for some bytes a block.
bool stores(const std::string& frame, const std::string& payload) {
  return frame.size() < payload.size() + 64 &&
         frame.find(payload.substr(1000, 60000)) < frame.size();
}

TEST(Chunk, IsStoredIfItWouldNotShrink) {
  const ColumnSpec spec = image_spec(64, 64);
  const auto records =
      static_cast<std::uint32_t>(payload_of_a_chunk(0).size() / spec.record_bytes());
  const std::size_t bytes = records * spec.record_bytes();
  const std::string noise = payload_of_a_chunk(0).substr(0, bytes);
  const std::string stored = encode_chunk(spec, 7, records, {}, noise);
  EXPECT_TRUE(stores(stored, noise));
  EXPECT_EQ(ZSTD_findFrameCompressedSize(stored.data(), stored.size()), stored.size());
  EXPECT_EQ(ZSTD_getFrameContentSize(stored.data(), stored.size()), bytes + 28);
  EXPECT_EQ(text_of(decode_chunk("s", stored, spec, 7, records).payload), noise);

  const std::string plain = payload_of_a_chunk(bytes).substr(0, bytes);
  EXPECT_LT(encode_chunk(spec, 7, records, {}, plain).size(), 1000U);
  const std::string quarter =
      payload_of_a_chunk(bytes / 4 * 3).substr(0, bytes);  // noisy at its end
  EXPECT_LT(encode_chunk(spec, 7, records, {}, quarter).size(), bytes / 3);
}

TEST(Chunk, OfVectorsIsCompressedThoughItsMiddleWouldNotShrink) {
  const ColumnSpec spec = vector_spec(Column::kEmbedding, Type::kF32, 512);
  std::string payload = payload_of_a_chunk(0);
  for (std::size_t i = 3; i < payload.size(); i += 4) payload[i] = 'x';  // equal exponents
  const auto records = static_cast<std::uint32_t>(payload.size() / spec.record_bytes());
  const std::string frame = encode_chunk(spec, 7, records, {}, payload);
  EXPECT_LT(frame.size(), payload.size() / 100 * 76);
  EXPECT_EQ(text_of(decode_chunk("s", frame, spec, 7, records).payload), payload);
}

TEST(Chunk, WithoutRecordsReadsBack) {
  for (const ColumnSpec& spec : {image_spec(3, 5), kPairs, name_spec()}) {
    const Chunk chunk = decode_chunk("s", encode_chunk(spec, 5, 0, {}, ""), spec, 5, 0);
    EXPECT_TRUE(chunk.payload.empty()) << name_of(spec.column);
    EXPECT_EQ(chunk.count, 0U);
  }
}

TEST(Chunk, IsRefusedIfItIsNotTheOneExpected) {
  const std::string frame = encode_chunk(kPairs, 5, 2, {}, "abcdefghijklmnop");
  const auto decode = [&](const ColumnSpec& spec, std::uint64_t first, std::uint64_t count) {
    return thrown<DataError>([&] { decode_chunk("s.lmdb", frame, spec, first, count); });
  };
  EXPECT_EQ(decode(kPairs, 5, 2), "nothing was thrown");
  EXPECT_EQ(decode(kPairs, 6, 2).substr(0, 8), "s.lmdb: ");
  EXPECT_EQ(decode(kPairs, 5, 1).substr(0, 8), "s.lmdb: ");
  EXPECT_EQ(decode(kPairs, 5, 3).substr(0, 8), "s.lmdb: ");
  EXPECT_EQ(decode(kPairs, 5, (std::uint64_t{1} << 32U) + 2).substr(0, 8), "s.lmdb: ");
  EXPECT_EQ(decode(kPairs, 5, UINT64_MAX).substr(0, 8), "s.lmdb: ");
  ColumnSpec other = kPairs;
  other.encoding = Encoding::kRaw;
  EXPECT_EQ(decode(other, 5, 2).substr(0, 8), "s.lmdb: ");
  EXPECT_EQ(decode(vector_spec(Column::kEmbedding, Type::kF16, 4), 5, 2).substr(0, 8), "s.lmdb: ");
  EXPECT_EQ(decode({Column::kEmbedding, Type::kI32, {2}, Encoding::kShuffled}, 5, 2).substr(0, 8),
            "s.lmdb: ");
  EXPECT_EQ(
      decode({Column::kEmbedding, Type::kF32, {2, 1}, Encoding::kShuffled}, 5, 2).substr(0, 8),
      "s.lmdb: ");
}

TEST(Chunk, IsRefusedIfItIsNotExactlyOneFrame) {
  for (const ColumnSpec& spec : {kPairs, name_spec()}) {
    const bool names = spec.column == Column::kName;
    const std::string frame = names ? encode_chunk(spec, 5, 1, {8}, "abcdefgh")
                                    : encode_chunk(spec, 5, 1, {}, "abcdefgh");
    const auto refuses = [&](const std::string& bytes) {
      return thrown<DataError>([&] { decode_chunk("s", bytes, spec, 5, 1); }).substr(0, 3) == "s: ";
    };
    EXPECT_FALSE(refuses(frame));
    EXPECT_TRUE(refuses(""));
    EXPECT_TRUE(refuses("not zstd at all"));
    EXPECT_TRUE(refuses(frame + '\0'));
    EXPECT_TRUE(refuses(frame + frame));
    for (std::size_t n = 0; n < frame.size(); ++n) EXPECT_TRUE(refuses(frame.substr(0, n))) << n;
    const std::string skippable = bytes_of({0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0}) + "skip";
    EXPECT_TRUE(refuses(skippable));
    EXPECT_TRUE(refuses(skippable + frame));
  }
}

TEST(Chunk, IsRefusedIfItsContentIsOfAnotherSize) {
  const std::string content = inflate(encode_chunk(kPairs, 5, 1, {}, "abcdefgh"));
  for (const std::string& wrong :
       {content + "x", content.substr(0, content.size() - 1), content.substr(0, 10), std::string()})
    EXPECT_THROW(decode_chunk("s", deflate(wrong), kPairs, 5, 1), DataError) << wrong.size();
}

TEST(Chunk, IsRefusedIfItsFrameLiesAboutItsSize) {
  const std::string vectors = encode_chunk(kPairs, 5, 1, {}, "abcdefgh");
  const std::string names = encode_chunk(name_spec(), 5, 1, {8}, "abcdefgh");
  EXPECT_NO_THROW(decode_chunk("s", lying_frame(vectors, 28), kPairs, 5, 1));
  EXPECT_NO_THROW(decode_chunk("s", lying_frame(names, 28), name_spec(), 5, 1));
  for (const std::uint32_t size : {0U, 1U, 27U, 29U, 100000000U, 0xFFFFFFFFU}) {
    EXPECT_THROW(decode_chunk("s", lying_frame(vectors, size), kPairs, 5, 1), DataError) << size;
    EXPECT_THROW(decode_chunk("s", lying_frame(names, size), name_spec(), 5, 1), DataError) << size;
  }
}

TEST(Chunk, OfAFewBytesNeverTakesMuchMemory) {
  const auto peak_mib = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
  };
  const auto before = peak_mib();
  const std::uint32_t records = 1U << 26U, bytes = 20 + 8 * records;  // 512 MiB
  const std::string vectors = encode_chunk(kPairs, 5, 1, {}, "abcdefgh");
  const std::string names = encode_chunk(name_spec(), 5, 1, {8}, "abcdefgh");
  EXPECT_THROW(decode_chunk("s", vectors, kPairs, 5, records), DataError);
  EXPECT_THROW(decode_chunk("s", lying_frame(vectors, bytes), kPairs, 5, records), DataError);
  EXPECT_THROW(decode_chunk("s", lying_frame(names, bytes), name_spec(), 5, 1), DataError);
  EXPECT_LT(peak_mib() - before, 64);
}

TEST(Chunk, OfTheDensestFrameReadsBack) {
  const std::string payload(std::size_t{64} << 20U, 'x');
  const auto records = static_cast<std::uint32_t>(payload.size() / 8);
  const std::string frame = encode_chunk(kPairs, 5, records, {}, payload);
  EXPECT_EQ(text_of(decode_chunk("s", frame, kPairs, 5, records).payload), payload);
}

TEST(Chunk, IsRefusedIfItsLengthsDoNotAddUp) {
  const auto decode = [](const std::vector<std::uint32_t>& lengths, std::uint64_t count) {
    const std::string frame =
        encode_chunk(name_spec(), 5, static_cast<std::uint32_t>(lengths.size()), lengths, "abcd");
    decode_chunk("s", frame, name_spec(), 5, count);
  };
  EXPECT_NO_THROW(decode({1, 3}, 2));
  EXPECT_THROW(decode({1, 4}, 2), DataError);
  EXPECT_THROW(decode({1, 2}, 2), DataError);
  EXPECT_THROW(decode({0xFFFFFFFF, 5}, 2), DataError);  // 4, modulo 2^32
  EXPECT_THROW(decode({1, 3}, 3), DataError);
  EXPECT_THROW(decode({4}, (std::uint64_t{1} << 62U) + 1), DataError);  // 4 bytes each wrap to 4
}

TEST(CheckStatedSize, TakesOnlyWhatTheRecordsMayNeed) {
  const std::string labels = encode_chunk(label_spec(), 0, 100, {}, std::string(400, 'x'));
  EXPECT_NO_THROW(check_stated_size("s", labels, label_spec(), 100));
  for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{99}, std::uint64_t{101},
                                    std::uint64_t{1} << 31U, std::uint64_t{1} << 62U})
    EXPECT_THROW(check_stated_size("s", labels, label_spec(), count), DataError) << count;
  const std::string names = encode_chunk(name_spec(), 0, 2, {1, 3}, "abcd");
  EXPECT_NO_THROW(check_stated_size("s", names, name_spec(), 2));
  for (const std::uint64_t count :
       {std::uint64_t{4}, std::uint64_t{1} << 31U, std::uint64_t{1} << 62U})
    EXPECT_THROW(check_stated_size("s", names, name_spec(), count), DataError) << count;
  EXPECT_THROW(check_stated_size("s", "no frame", name_spec(), 0), DataError);
  const std::string claim("\x28\xB5\x2F\xFD\xA0\xFF\xFF\xFF\x7F\x03\0\0\0", 13);  // 2 GiB
  EXPECT_THROW(check_stated_size("s", claim, name_spec(), 1), DataError);
  const std::string zeros =
      encode_chunk(name_spec(), 0, 1, {50'000'000}, std::string(50'000'000, 0));
  EXPECT_NO_THROW(check_stated_size("s", zeros, name_spec(), 1));
}

}  // namespace
}  // namespace cs::store
