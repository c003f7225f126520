// Writes the shards that read_shard.py reads: images.lmdb, f32.lmdb, f16.lmdb and the set set/.
// Every value is a formula of the record's id that the Python program knows too.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "store/dataset.hpp"
#include "store/set_writer.hpp"
#include "store/writer.hpp"

namespace {

namespace fs = std::filesystem;
using cs::store::Column;

constexpr std::uint32_t kHeight = 12, kWidth = 10, kVector = 100;
constexpr std::uint64_t kFirst = 300, kCount = 2000;

void append_image(cs::store::Writer& writer, std::uint64_t id) {
  std::vector<std::uint8_t> pixels;
  for (std::uint64_t y = 0; y < kHeight; ++y)
    for (std::uint64_t x = 0; x < kWidth; ++x)
      for (std::uint64_t c = 0; c < 3; ++c)
        pixels.push_back(static_cast<std::uint8_t>(7 * id + 3 * y + 5 * x + 11 * c));
  const auto label = static_cast<std::int32_t>(id % 3) - 1;
  writer.append(Column::kImage, pixels.data(), 1);
  writer.append(Column::kLabel, &label, 1);
  writer.append_bytes(Column::kName, id % 7 == 0 ? "" : "image " + std::to_string(id * id));
}

cs::store::Header image_header() {
  cs::store::Header header;
  header.first = kFirst;
  header.columns = {cs::store::image_spec(kHeight, kWidth), cs::store::label_spec(),
                    cs::store::name_spec()};
  header.classes = {"cat", "b\xC3\xA4r"};
  header.append_history({{"tool", "export_shard"}});
  return header;
}

void write_images(const fs::path& output, std::uint32_t parts) {
  cs::store::SetWriter set(output, cs::Overwrite::kAllow, image_header(), kCount, parts);
  for (std::uint64_t id = kFirst; id < kFirst + kCount; ++id) append_image(set.next(), id);
  set.close();
}

void write_vectors(const fs::path& images, const fs::path& output, cs::store::Type type) {
  const cs::store::Dataset input({images});
  cs::store::Header header = cs::store::derived_header(input, {{"tool", "answer"}});
  header.columns = {cs::store::vector_spec(Column::kEmbedding, type, kVector)};
  header.of = input.header().fingerprint;
  header.victim = "a formula";
  cs::store::Writer writer(output, cs::Overwrite::kAllow, header);
  for (std::uint64_t id = kFirst; id < kFirst + kCount; ++id) {
    std::vector<float> values;
    std::vector<std::uint16_t> halves;  // bits of any finite positive number
    for (std::uint64_t i = 0; i < kVector; ++i) {
      values.push_back(static_cast<float>(id) - static_cast<float>(i) / 8);
      halves.push_back(static_cast<std::uint16_t>((31 * id + 7 * i) % 0x7C00));
    }
    const bool half = type == cs::store::Type::kF16;
    writer.append(Column::kEmbedding, half ? static_cast<void*>(halves.data()) : values.data(), 1);
  }
  writer.close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const fs::path folder = argv[1];
    fs::create_directories(folder);
    write_images(folder / "images.lmdb", 1);
    write_images(folder / "set", 3);
    write_vectors(folder / "images.lmdb", folder / "f32.lmdb", cs::store::Type::kF32);
    write_vectors(folder / "images.lmdb", folder / "f16.lmdb", cs::store::Type::kF16);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "export_shard: %s\n", e.what());
    return 1;
  }
  return 0;
}
