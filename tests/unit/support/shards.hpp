/// Small shards for tests, their content a function of the record id.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "store/format.hpp"
#include "store/writer.hpp"

namespace cs::test {

inline std::vector<std::uint8_t> pixels_of(std::uint64_t id, std::size_t bytes) {
  std::vector<std::uint8_t> pixels(bytes);
  Random random(1, Purpose::kSynth, id);
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random.bits());
  return pixels;
}

inline std::int32_t label_of(std::uint64_t id) { return static_cast<std::int32_t>(id % 3) - 1; }

inline std::string record_name(std::uint64_t id) {
  return id % 5 == 2 ? "" : "folder/image " + std::to_string(id * id) + ".png";
}

inline std::vector<float> vector_of(std::uint64_t id, std::size_t width) {
  std::vector<float> values(width);
  Random random(2, Purpose::kSynth, id);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

inline store::Header image_header(std::uint64_t first = 0, std::uint32_t side = 8) {
  store::Header header;
  header.first = first;
  header.columns = {store::image_spec(side, side), store::label_spec(), store::name_spec()};
  header.classes = {"cat", "dog"};
  return header;
}

inline void append_images(store::Writer& writer, std::uint64_t count) {
  const std::size_t bytes = writer.header().find(store::Column::kImage)->record_bytes();
  const std::uint64_t first = writer.header().first;
  for (std::uint64_t id = first; id < first + count; ++id) {
    const std::int32_t label = label_of(id);
    writer.append(store::Column::kImage, pixels_of(id, bytes).data(), 1);
    writer.append(store::Column::kLabel, &label, 1);
    writer.append_bytes(store::Column::kName, record_name(id));
  }
}

/// Images, labels and names of the ids from header.first on.
inline void write_images(const std::filesystem::path& path, std::uint64_t count,
                         const store::Header& header = image_header()) {
  store::Writer writer(path, Overwrite::kAllow, header);
  append_images(writer, count);
  writer.close();
}

/// f32 embeddings of the ids from header.first on; `header` gives everything but the columns.
inline void write_vectors(const std::filesystem::path& path, std::uint64_t count,
                          store::Header header, std::uint32_t width = 16) {
  header.columns = {store::vector_spec(store::Column::kEmbedding, store::Type::kF32, width)};
  store::Writer writer(path, Overwrite::kAllow, header);
  for (std::uint64_t id = header.first; id < header.first + count; ++id)
    writer.append(store::Column::kEmbedding, vector_of(id, width).data(), 1);
  writer.close();
}

}  // namespace cs::test
