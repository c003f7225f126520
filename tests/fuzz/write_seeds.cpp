// write_seeds FOLDER: the inputs that the fuzzers start from, FOLDER/FUZZER/NUMBER. They come from
// our own writers, so that they are valid whatever the format.
#include <zstd.h>

#include <cstdio>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "core/json.hpp"
#include "formats/npy.hpp"
#include "formats/safetensors.hpp"
#include "store/chunk.hpp"
#include "support/onnx_models.hpp"
#include "zip.hpp"

namespace cs::fuzz {
namespace {

using namespace std::string_literals;
using store::Column;
using store::Type;

/// The four bytes of a number as IDX has them, big-endian.
std::string big(std::uint64_t value) {
  const std::string text = little(value, 4);
  return {text.rbegin(), text.rend()};
}

std::vector<std::string> shard_headers() {
  store::Header images;
  images.count = 2;
  images.columns = {store::image_spec(32, 48), store::label_spec(), store::name_spec()};
  images.classes = {"cat", "dog"};
  images.append_history({{"tool", "cs-sample"}, {"options", {{"seed", "1"}}}});
  store::Header views = images;
  views.columns = {store::encoded_image_spec(), store::label_spec()};
  views.views = 4;
  views.originals = digest("originals");
  store::Header answers;
  answers.first = 40;
  answers.count = 12;
  answers.columns = {store::vector_spec(Column::kEmbedding, Type::kF16, 512),
                     store::vector_spec(Column::kPosterior, Type::kF32, 10),
                     store::prediction_spec()};
  answers.set = {digest("set"), 2, 4};
  answers.of = digest("of");
  answers.victim = "0123";
  answers.about = R"({"victim":{"kind":"pixels"},"classes":["a","b"],"posterior":"logits"})";
  const std::string described = "\2\0\0\0\3\0\x20\0\x30\0\3\1\3\0\0"s;  // images with labels
  return {images.to_json(), views.to_json(), answers.to_json(), described};
}

/// A chunk as a frame, as the content of one and as a payload; see chunk_fuzz.cpp, whose columns
/// `column` counts.
void add_chunk(std::vector<std::string>& seeds, int column, const store::ColumnSpec& spec,
               const std::vector<std::uint32_t>& lengths, const std::string& payload) {
  const std::size_t count =
      spec.record_bytes() == 0 ? lengths.size() : payload.size() / spec.record_bytes();
  const std::string asked = static_cast<char>(column) + little(7, 8) + little(count, 8);
  const std::string frame =
      store::encode_chunk(spec, 7, static_cast<std::uint32_t>(count), lengths, payload);
  std::string content(ZSTD_getFrameContentSize(frame.data(), frame.size()), '\0');
  ZSTD_decompress(content.data(), content.size(), frame.data(), frame.size());
  seeds.push_back('\0' + asked + frame);
  seeds.push_back('\1' + asked + content);
  seeds.push_back('\2' + asked + payload);
}

std::vector<std::string> chunks() {
  std::vector<std::string> seeds;
  add_chunk(seeds, 0, store::image_spec(2, 1), {}, "abcdefghijkl");
  add_chunk(seeds, 1, store::image_spec(32, 32), {}, std::string(3072, 'x'));
  add_chunk(seeds, 2, store::encoded_image_spec(), {3, 0, 5}, "\3ab\0\4cde"s);
  add_chunk(seeds, 3, store::label_spec(), {}, little(9, 4) + little(~0ULL, 4));
  add_chunk(seeds, 4, store::name_spec(), {4, 4}, "a/b1a/b2");
  add_chunk(seeds, 5, store::vector_spec(Column::kEmbedding, Type::kF32, 2), {},
            "0123456789abcdef");
  add_chunk(seeds, 6, store::vector_spec(Column::kPosterior, Type::kF16, 3), {}, "0123456789ab");
  add_chunk(seeds, 7, {Column::kEmbedding, Type::kF32, {3}, store::Encoding::kRaw}, {},
            "0123456789abcdefghijklmn");
  return seeds;
}

std::vector<std::string> npy_files() {
  std::vector<std::string> seeds;
  for (const char flags : {'\0', '\1', '\3'}) {
    seeds.push_back(flags + formats::to_npy("u1", {2, 2, 3}, std::string(12, 'x')));
    seeds.push_back(flags + formats::to_npy("u1", {2, 2, 2, 3}, std::string(24, 'x')));
    seeds.push_back(flags + formats::to_npy("u1", {1, 3, 2, 2}, std::string(12, 'x')));
    seeds.push_back(flags + formats::to_npy("i8", {2}, little(3, 8) + little(~0ULL, 8)));
    seeds.push_back(flags + formats::to_npy("i4", {2, 1}, little(3, 4) + little(4, 4)));
    const std::string text = "{'descr': '>u2', 'fortran_order': True, 'shape': (1,)}";
    seeds.push_back(flags + "\x93NUMPY\x02\0"s + little(text.size(), 4) + text + little(5, 2));
  }
  return seeds;
}

/// See arrays_fuzz.cpp: the size of the file, then bytes that fill it over and over.
std::vector<std::string> arrays() {
  const std::string images = "\0\0\x08\x03"s + big(2) + big(2) + big(3);
  const std::string colored = "\0\0\x08\x04"s + big(1) + big(2) + big(2) + big(3);
  const std::string labels = "\0\0\x08\x01"s + big(3);
  return {little(images.size() + 12, 4) + images,
          little(colored.size() + 12, 4) + colored,
          little(labels.size() + 3, 4) + labels,
          little(2 * 3073, 4) + "\1\2\3",
          little(3 * 3074, 4) + "\1\2\3",
          little(2 * 27648, 4) + "\1\2\3",
          little(10, 4) + "\1\2\3\4\5\6\7\x08\x09\x0A"};
}

/// Content of torch.save({"w": torch.zeros(2, 2).t()}), or with that under "state_dict".
std::string torch_content(bool nested) {
  const std::string tensor =
      "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
      "0X\x03\0\0\0cpuK\x04tQK\0K\x02K\x02\x86K\x01K\x02\x86\x89"
      "ccollections\nOrderedDict\n)RtR"s;
  const std::string dict = "}q\0X\x01\0\0\0wq\x01"s + tensor + "q\x02s";
  if (!nested) return "\x80\x02"s + dict + ".";
  return "\x80\x02}(X\x0a\0\0\0state_dict"s + dict + "X\x05\0\0\0epochK\x03u."s;
}

/// The legacy format, and the zip format with its members stored.
std::vector<std::string> torch_files() {
  std::vector<std::string> files;
  const std::string numbers = "abcdefghijklmnop";
  for (const bool nested : {false, true}) {
    files.push_back("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s +
                    "\x80\x02M\xe9\x03." + "\x80\x02}X\x0d\0\0\0little_endian\x88s."s +
                    torch_content(nested) + "\x80\x02]X\x01\0\0\0"s + "0a." + little(4, 8) +
                    numbers);
    files.push_back(stored_zip({{"f/data.pkl", torch_content(nested)}, {"f/data/0", numbers}}));
  }
  return files;
}

std::vector<std::string> recordings() {
  const std::string vectors = formats::to_npy("f4", {2, 2}, "abcdefghijklmnop");
  const auto npy = [](const std::string& members, const std::string& bytes) {
    return "\x93NUMPY\1\0"s + little(members.size() + 2, 2) + "{" + members + "}" + bytes;
  };
  const std::string columns =
      npy("'descr': '>f8', 'fortran_order': True, 'shape': (1, 2)", std::string(16, '1'));
  const std::string names = npy("'descr': '<U2', 'fortran_order': False, 'shape': (2,)",
                                "a\0\0\0\0\0\0\0b\0\0\0c\0\0\0"s);
  const std::string bytes =
      npy("'descr': '|S3', 'fortran_order': False, 'shape': (2,)", "a\0\0bcd"s);
  return {"\0{\"name\": \"a\", \"embedding\": [1, -2.5e3]}\n{\"name\":\"b\",\"embedding\":[0,7]}"s,
          "\0{\"object\":\"embedding\",\"index\":1,\"embedding\":[1]}\n"
          "{\"index\":0,\"embedding\":[2]}"s,
          '\1' + vectors,
          '\1' + columns,
          '\2' + names,
          '\2' + bytes,
          '\3' + stored_zip({{"e.npy", vectors}, {"names.npy", names}}),
          '\4' + vectors + "|" + bytes};
}

std::vector<std::string> safetensors_files() {
  const std::string bytes = formats::to_safetensors({{"conv1.weight", "F32", {1, 2}, "abcdefgh"},
                                                     {"empty", "F16", {0, 5}, ""},
                                                     {"n", "I64", {}, "01234567"},
                                                     {"mask", "BOOL", {3}, "abc"}},
                                                    {{"format", "pt"}, {"arch", "resnet10"}});
  const std::string plain = formats::to_safetensors({{"w", "U8", {2}, "xy"}}, {});
  const std::string tight = R"(........{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}xy)";
  const std::string described = "\2\2\2\1\3\0\0\0\2\2\1\0\0\0"s;  // of two tensors
  return {'\0' + bytes, '\0' + plain, '\1' + tight, described};
}

std::vector<std::string> onnx_files() {
  std::vector<std::string> files;
  test::OnnxSettings settings;
  files.push_back(test::onnx_model(settings));
  settings.nhwc = true;
  settings.shape = {4, 8, 8, 3};
  settings.outputs = {"features", "logits"};
  settings.extra_input = "mask";
  files.push_back(test::onnx_model(settings));
  const std::string attribute = formats::wire_bytes(5, test::onnx::tensor("t", {2}, 4));
  const std::string constant = test::onnx::node("Constant", {}, "c", {attribute});
  const std::string inner = formats::wire_bytes(6, formats::wire_bytes(1, constant));
  files.push_back(
      test::onnx::model(formats::wire_bytes(1, constant) +
                        formats::wire_bytes(1, test::onnx::node("If", {"c"}, "y", {inner})) +
                        formats::wire_bytes(12, test::onnx::value("y", 1, {}))));
  return files;
}

std::vector<std::string> images() {
  std::vector<std::string> seeds;
  const cv::Mat color(3, 5, CV_8UC3, cv::Scalar(1, 2, 3));
  const auto add = [&](const char* extension, const std::vector<int>& parameters = {}) {
    std::vector<unsigned char> bytes;
    cv::imencode(extension, color, bytes, parameters);
    seeds.push_back('\1' + std::string(bytes.begin(), bytes.end()));
  };
  for (const char* extension : {".png", ".jpg", ".bmp", ".webp", ".ppm", ".tiff"}) add(extension);
  add(".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  const std::string exif = "Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"s;
  const std::string jpeg = seeds[1];
  seeds.push_back(jpeg.substr(0, 3) + "\xFF\xE1\0"s + static_cast<char>(exif.size() + 2) + exif +
                  jpeg.substr(3));
  seeds.push_back('\1' + "BM"s + little(62 + 8, 4) + little(0, 4) + little(62, 4) + little(40, 4) +
                  little(9, 4) + little(2, 4) + little(1, 2) + little(1, 2) +
                  std::string(24, '\0') + "\0\0\0\0\xFF\xFF\xFF\0abcdefgh"s);  // of two colors
  seeds.push_back('\1' + "P5\n2 1\n255\nab"s);
  seeds.push_back('\1' + "P6 # a comment\n2 1 255\nabcdef"s);
  for (const char* kind : {"VP8L", "VP8X"})
    seeds.push_back('\1' + "RIFF\x1A\0\0\0WEBP"s + kind + "\x0A\0\0\0/\4\0\2\0\0\1\0\0\1\0\0\0\0"s);
  seeds.push_back('\1' + "MM\0*\0\0\0\x08\0\1\1\0\0\3\0\0\0\1\0\x10\0\0\0\0\0\0"s);
  return seeds;
}

void write(const std::filesystem::path& folder, const std::vector<std::string>& seeds) {
  std::filesystem::create_directories(folder);
  for (std::size_t i = 0; i < seeds.size(); ++i)
    write_file(folder / std::to_string(i), seeds[i], Overwrite::kAllow);
}

}  // namespace

void write_seeds(const std::filesystem::path& folder) {
  write(folder / "shard_header_fuzz", shard_headers());
  write(folder / "chunk_fuzz", chunks());
  write(folder / "npy_fuzz", npy_files());
  write(folder / "arrays_fuzz", arrays());
  write(folder / "safetensors_fuzz", safetensors_files());
  write(folder / "torch_file_fuzz", torch_files());
  write(folder / "recording_fuzz", recordings());
  write(folder / "onnx_fuzz", onnx_files());
  write(folder / "image_fuzz", images());
}

}  // namespace cs::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_seeds FOLDER\n", stderr);
    return 2;
  }
  cs::fuzz::write_seeds(argv[1]);
  return 0;
}
