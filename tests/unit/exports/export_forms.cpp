// Writes shards and every form of export of them, for read_exports.py: export_forms FOLDER.

#include <cmath>
#include <filesystem>
#include <limits>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "exports/forms.hpp"
#include "support/images.hpp"
#include "support/shards.hpp"

namespace {

namespace fs = std::filesystem;
using cs::store::Column;

const char* const kNames[] = {"plain.png",        "a\tb\nc",  "\xff\xfe",
                              "../../etc/passwd", "\xc3\xa4", ""};

void append_label_and_name(cs::store::Writer& writer, std::uint64_t i) {
  const auto label = static_cast<std::int32_t>(i % 3) - 1;
  writer.append(Column::kLabel, &label, 1);
  writer.append_bytes(Column::kName, kNames[i % 6]);
}

/// A smooth image, so that a JPEG of it is near to it.
std::string pixels_of(std::uint64_t id, int height, int width) {
  std::string pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        pixels += static_cast<char>(
            127 + 100 * std::sin(0.1 * x + 0.07 * y + 0.5 * c + 0.3 * static_cast<double>(id)));
  return pixels;
}

cs::store::Header header_with(const cs::store::ColumnSpec& images) {
  cs::store::Header header;
  header.columns = {images, cs::store::label_spec(), cs::store::name_spec()};
  header.classes = {"cat", "d\to\ng"};
  return header;
}

void write_raw(const fs::path& path) {
  cs::store::Header header = header_with(cs::store::image_spec(24, 40));
  header.first = 995;
  cs::store::Writer writer(path, cs::Overwrite::kRefuse, header);
  for (std::uint64_t i = 0; i < 200; ++i) {
    writer.append(Column::kImage, pixels_of(i, 24, 40).data(), 1);
    append_label_and_name(writer, i);
  }
  writer.close();
}

void write_encoded(const fs::path& path) {
  cs::store::Writer writer(path, cs::Overwrite::kRefuse,
                           header_with(cs::store::encoded_image_spec()));
  const std::vector<std::string> extensions = {".png", ".jpg", ".webp", ".bmp", ".tif", ".ppm"};
  for (std::uint64_t i = 0; i < 60; ++i) {
    const int step = static_cast<int>(i);
    writer.append_bytes(Column::kImage,
                        cs::test::encoded_image(extensions[i % 6], 20 + 7 * step, 90 - step,
                                                cv::Scalar(4.0 * step, 80, 200)));
    append_label_and_name(writer, i);
  }
  writer.close();
}

void write_answers(const fs::path& path, cs::store::Type type) {
  cs::store::Header header;
  header.first = 7;
  header.of = cs::Digest{};
  header.columns = {cs::store::vector_spec(Column::kEmbedding, type, 33),
                    cs::store::prediction_spec(), cs::store::label_spec()};
  header.classes = {"cat", "dog"};
  cs::store::Writer writer(path, cs::Overwrite::kRefuse, header);
  cs::Random random(5, cs::Purpose::kSynth, 0);
  for (std::int32_t i = 0; i < 5000; ++i) {
    std::string bytes;
    while (bytes.size() < header.columns[0].record_bytes())
      bytes += static_cast<char>(random.bits());
    const std::int32_t label = i % 3 - 1, prediction = -i;
    writer.append(Column::kEmbedding, bytes.data(), 1);
    writer.append(Column::kPrediction, &prediction, 1);
    writer.append(Column::kLabel, &label, 1);
  }
  writer.close();
}

void export_as(const fs::path& shard, const std::vector<std::string>& forms) {
  const cs::store::Dataset set({shard});
  for (const std::string& word : forms) {
    cs::exports::FormOptions options;
    if (word == "jpeg") options.quality = 90;
    cs::exports::make_form(cs::exports::kForms.parse(word), options)
        ->write(set, shard.parent_path() / (shard.stem().string() + "." + word));
  }
}

}  // namespace

int main(int, char** argv) {
  const fs::path folder = argv[1];
  write_raw(folder / "raw.lmdb");
  write_encoded(folder / "encoded.lmdb");
  write_answers(folder / "f32.lmdb", cs::store::Type::kF32);
  write_answers(folder / "f16.lmdb", cs::store::Type::kF16);
  export_as(folder / "raw.lmdb", {"png", "jpeg", "webdataset", "npy", "tsv"});
  export_as(folder / "encoded.lmdb", {"png", "jpeg", "source", "webdataset", "tsv"});
  export_as(folder / "f32.lmdb", {"npy", "tsv"});
  export_as(folder / "f16.lmdb", {"npy", "tsv"});
}
