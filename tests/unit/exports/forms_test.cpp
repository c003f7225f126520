#include "exports/forms.hpp"

#include <gtest/gtest.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include <algorithm>
#include <cstring>
#include <fstream>

#include "codec/decode.hpp"
#include "codec/header.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "source/open.hpp"
#include "support/archives.hpp"
#include "support/file_limit.hpp"
#include "support/shards.hpp"
#include "support/thrown.hpp"

namespace cs::exports {
namespace fs = std::filesystem;
namespace {

using test::encoded_image;
using test::expect_data_error;
using test::TemporaryFolder;

class Export : public TemporaryFolder {
 protected:
  store::Dataset images(std::uint64_t count, const store::Header& header) const {
    test::write_images(path("a.lmdb"), count, header);
    return store::Dataset({path("a.lmdb")});
  }
  store::Dataset images(std::uint64_t count) const { return images(count, test::image_header()); }

  /// Files with labels 0, 1, 0, ... and names that would lead out of the folder.
  store::Dataset files(const std::vector<std::string>& bytes) const {
    store::Header header;
    header.columns = {store::encoded_image_spec(), store::label_spec(), store::name_spec()};
    header.classes = {"cat", "dog"};
    store::Writer writer(path("f.lmdb"), Overwrite::kAllow, header);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const auto label = static_cast<std::int32_t>(i % 2);
      writer.append_bytes(store::Column::kImage, bytes[i]);
      writer.append(store::Column::kLabel, &label, 1);
      writer.append_bytes(store::Column::kName, "../../out\n" + std::to_string(i) + ".exe");
    }
    writer.close();
    return store::Dataset({path("f.lmdb")});
  }

  store::Dataset vectors() const {
    test::write_vectors(path("v.lmdb"), 5, store::Header());
    return store::Dataset({path("v.lmdb")});
  }

  void write_as(const store::Dataset& set, MakeForm form, const std::string& target,
                const FormOptions& options = {}) const {
    make_form(form, options)->write(set, path(target));
  }

  std::vector<std::string> list(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path(folder)))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string text(const std::string& name) const { return read_file(path(name)); }
};

TEST_F(Export, IsPngForImagesAndNpyForVectorsUnlessSaid) {
  const store::Dataset shown = images(3);
  write_as(shown, usual_form(shown), "images");
  EXPECT_EQ(list("images"), (std::vector<std::string>{"0.png", "1.png", "2.png", "index.tsv"}));
  const store::Dataset numbers = vectors();
  write_as(numbers, usual_form(numbers), "vectors");
  EXPECT_EQ(list("vectors"), (std::vector<std::string>{"embedding.npy", "index.tsv"}));
}

TEST_F(Export, PngsHoldTheirPixelsAndTheIndexTheRest) {
  const store::Dataset set = images(4, test::image_header(8));
  write_as(set, make_png, "out");
  for (std::uint64_t id = 8; id < 12; ++id) {
    const cv::Mat image = codec::decode("x", text("out/" + std::to_string(id) + ".png"));
    EXPECT_EQ(std::memcmp(image.data, test::pixels_of(id, 192).data(), 192), 0) << id;
  }
  EXPECT_EQ(text("out/index.tsv"),
            "#id\tlabel\tclass\tname\n"
            "8\t1\tdog\tfolder/image 64.png\n"
            "9\t\t\tfolder/image 81.png\n"
            "10\t0\tcat\tfolder/image 100.png\n"
            "11\t1\tdog\tfolder/image 121.png\n");
}

TEST_F(Export, JpegsAreOfTheQualityAskedFor) {
  const store::Dataset set = images(1, test::image_header(0, 64));
  write_as(set, make_jpeg, "good");
  write_as(set, make_jpeg, "poor", {10});
  EXPECT_EQ(list("good"), (std::vector<std::string>{"0.jpg", "index.tsv"}));
  EXPECT_EQ(codec::read_header("x", text("good/0.jpg")).format, codec::Format::kJpeg);
  EXPECT_EQ(codec::decode("x", text("good/0.jpg")).size(), cv::Size(64, 64));
  EXPECT_GT(text("good/0.jpg").size(), 2 * text("poor/0.jpg").size());
}

TEST_F(Export, SourceFilesKeepTheirBytesAndAreCalledByTheirContent) {
  const std::vector<std::string> extensions = {"bmp", "jpg", "png", "ppm", "tif", "webp"};
  std::vector<std::string> bytes;
  for (const std::string& extension : extensions)
    bytes.push_back(encoded_image("." + extension, 20, 10, {1, 2, 3}));
  write_as(files(bytes), make_source, "out");
  for (std::size_t i = 0; i < bytes.size(); ++i)
    EXPECT_EQ(text("out/" + std::to_string(i) + "." + extensions[i]), bytes[i]);
  EXPECT_EQ(list("out").size(), bytes.size() + 1);
  EXPECT_NE(text("out/index.tsv").find("5\t1\tdog\t../../out\\x0A5.exe\n"), std::string::npos);
}

TEST_F(Export, DecodesFilesOfAnySizeForPngAndJpeg) {
  const store::Dataset set = files(
      {encoded_image(".bmp", 20, 10, {1, 2, 3}), encoded_image(".webp", 300, 200, {90, 90, 90})});
  write_as(set, make_png, "png");
  EXPECT_EQ(codec::decode("x", text("png/0.png")).at<cv::Vec3b>(9, 19), cv::Vec3b(1, 2, 3));
  EXPECT_EQ(codec::decode("x", text("png/1.png")).size(), cv::Size(300, 200));
  write_as(set, make_jpeg, "jpeg");
  EXPECT_EQ(codec::decode("x", text("jpeg/1.jpg")).size(), cv::Size(300, 200));
}

TEST_F(Export, WebDatasetsReadBackAsASource) {
  store::Header header = test::image_header(99'999'999);
  header.columns = {store::image_spec(8, 8), store::label_spec(), store::name_spec()};
  store::Writer writer(path("a.lmdb"), Overwrite::kAllow, header);
  for (std::uint64_t id = header.first; id < header.first + 3; ++id) {
    const auto label = static_cast<std::int32_t>(1 - id % 2);
    writer.append(store::Column::kImage, test::pixels_of(id, 192).data(), 1);
    writer.append(store::Column::kLabel, &label, 1);
    writer.append_bytes(store::Column::kName, "n");
  }
  writer.close();
  const store::Dataset set({path("a.lmdb")});
  write_as(set, make_webdataset, "out.tar");
  const auto source = source::open_source(path("out.tar").string(), {});
  EXPECT_EQ(source->classes(), (std::vector<std::string>{"0", "1"})) << "numbers, by convention";
  ASSERT_EQ(source->size(), 3U);
  EXPECT_EQ(source->item(0).name, "099999999.png") << "of equal width, so that they sort";
  EXPECT_EQ(source->item(2).name, "100000001.png");
  source->read({0, 1, 2}, [&](std::size_t i, std::string_view bytes) {
    EXPECT_EQ(source->item(i).label, static_cast<std::int32_t>(i % 2));
    const cv::Mat image = source->decode(i, bytes);
    EXPECT_EQ(std::memcmp(image.data, test::pixels_of(header.first + i, 192).data(), 192), 0);
  });
}

TEST_F(Export, WebDatasetsHoldFilesAsTheyAre) {
  const std::vector<std::string> bytes = {encoded_image(".jpg", 20, 10, {1, 2, 3}),
                                          encoded_image(".webp", 30, 10, {1, 2, 3})};
  write_as(files(bytes), make_webdataset, "out.tar");
  const auto source = source::open_source(path("out.tar").string(), {});
  EXPECT_EQ(source->item(1).name, "00000001.webp");
  source->read({0, 1}, [&](std::size_t i, std::string_view file) { EXPECT_EQ(file, bytes[i]); });
  EXPECT_NE(
      text("out.tar").find("{\"id\":1,\"label\":1,\"class\":\"dog\",\"name\":\"../../out\\\\x0A"
                           "1.exe\"}"),
      std::string::npos);
}

TEST_F(Export, TablesReadBackToTheSameNumbers) {
  write_as(vectors(), make_tsv, "out.tsv");
  std::ifstream in(path("out.tsv"));
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line.substr(0, 46), "#id\tlabel\tclass\tname\tembedding_0\tembedding_1\te");
  for (std::uint64_t id = 0; id < 5; ++id) {
    std::getline(in, line);
    EXPECT_EQ(line.substr(0, 4), std::to_string(id) + "\t\t\t");
    const char* at = line.c_str() + 4;
    for (const float value : test::vector_of(id, 16)) {
      ASSERT_EQ(*at, '\t');
      char* end = nullptr;
      EXPECT_EQ(std::strtof(at + 1, &end), value);
      at = end;
    }
    EXPECT_EQ(*at, '\0');
  }
  EXPECT_FALSE(std::getline(in, line));
}

/// As many as fill several chunks, of ids that do not begin at 0.
TEST_F(Export, ManyVectorsStandInTheOrderOfTheirIds) {
  constexpr std::uint64_t kFirst = 100, kCount = 9000, kWidth = 16;
  store::Header header;
  header.first = kFirst;
  test::write_vectors(path("many.lmdb"), kCount, header);
  const store::Dataset set({path("many.lmdb")});
  write_as(set, make_npy, "npy");
  const std::string array = text("npy/embedding.npy");
  const std::size_t bytes = kWidth * sizeof(float);
  ASSERT_GT(array.size(), kCount * bytes);
  const char* row = array.data() + array.size() - kCount * bytes;
  write_as(set, make_tsv, "out.tsv");
  std::ifstream in(path("out.tsv"));
  std::string line;
  std::getline(in, line);
  for (std::uint64_t id = kFirst; id < kFirst + kCount; ++id, row += bytes) {
    const std::vector<float> expected = test::vector_of(id, kWidth);
    ASSERT_EQ(std::memcmp(row, expected.data(), bytes), 0) << id;
    std::getline(in, line);
    const std::string start = std::to_string(id) + "\t\t\t\t";
    ASSERT_EQ(line.substr(0, start.size()), start);
    ASSERT_EQ(std::strtof(line.c_str() + start.size(), nullptr), expected[0]) << id;
  }
}

TEST_F(Export, OfNoRecordsIsStillOne) {
  const store::Dataset set = images(0);
  for (const MakeForm form : {make_png, make_jpeg, make_npy}) {
    write_as(set, form, "out");
    EXPECT_EQ(text("out/index.tsv"), "#id\tlabel\tclass\tname\n");
    fs::remove_all(path("out"));
  }
  write_as(set, make_tsv, "out.tsv");
  EXPECT_EQ(text("out.tsv"), "#id\tlabel\tclass\tname\n");
  write_as(set, make_webdataset, "out.tar");
  EXPECT_EQ(text("out.tar"), std::string(1024, '\0'));
}

TEST_F(Export, RefusesWhatAFormCannotHold) {
  const store::Dataset answers = vectors();
  for (const MakeForm form : {make_png, make_jpeg, make_source, make_webdataset})
    expect_data_error("has no column image", [&] { write_as(answers, form, "out"); });
  expect_data_error("holds pixels, not image files",
                    [&] { write_as(images(2), make_source, "out"); });
  const store::Dataset encoded = files({encoded_image(".png", 4, 4, {1, 2, 3})});
  expect_data_error("files of any size, which make no array",
                    [&] { write_as(encoded, make_npy, "out"); });
  store::Header wide;
  wide.columns = {store::image_spec(1, codec::kMostJpegSide + 1)};
  store::Writer writer(path("w.lmdb"), Overwrite::kRefuse, wide);
  const std::string row(wide.columns[0].record_bytes(), 'x');
  writer.append(store::Column::kImage, row.data(), 1);
  writer.close();
  const store::Dataset wide_set({path("w.lmdb")});
  expect_data_error("w.lmdb: record 0: the image has 65501 x 1",
                    [&] { write_as(wide_set, make_jpeg, "out"); });
  EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(Export, NamesTheRecordThatIsNoImageAndLeavesNothing) {
  const std::string whole = encoded_image(".jpg", 64, 64, {1, 2, 3});
  const store::Dataset set = files({whole, whole.substr(0, 200)});
  for (const MakeForm form : {make_png, make_jpeg, make_source, make_webdataset})
    expect_data_error("f.lmdb: record 1: ", [&] { write_as(set, form, "out"); });
  EXPECT_EQ(list("."), std::vector<std::string>{"f.lmdb"});
}

TEST_F(Export, SaysThatTheDiskIsFullAndLeavesNothing) {
#ifdef __SANITIZE_ADDRESS__
  const __lsan::ScopedDisabler libarchive_forgets;  // its buffer, where a write fails
#endif
  const store::Dataset set = images(200, test::image_header(0, 32));
  for (const auto& [word, form] : kForms.rows()) {
    if (form == make_source) continue;
    const std::string message = test::thrown<Error>([&] {
      const test::FileSizeLimit limit(500);
      write_as(set, form, "out");
    });
    EXPECT_NE(message.find("cannot write: File too large"), std::string::npos) << message;
    EXPECT_NE(message.find("/out"), std::string::npos) << message;
    EXPECT_EQ(message.find(".tmp."), std::string::npos) << message;
  }
  EXPECT_EQ(list("."), std::vector<std::string>{"a.lmdb"});
}

TEST_F(Export, RefusesATargetThatExists) {
  const store::Dataset set = images(2);
  for (const auto& [word, form] : kForms.rows()) {
    if (form == make_source) continue;  // there are no files to export
    for (const char* target : {"a.lmdb", "."})
      EXPECT_THROW(write_as(set, form, target), UsageError) << word;
  }
  EXPECT_EQ(list("."), std::vector<std::string>{"a.lmdb"});
}

TEST_F(Export, OnlyJpegsHaveAQuality) {
  for (const auto& [word, form] : kForms.rows()) {
    if (form == make_jpeg) continue;
    EXPECT_THROW(make_form(form, {50}), UsageError) << word;
  }
  EXPECT_NO_THROW(make_form(make_jpeg, {50}));
}

}  // namespace
}  // namespace cs::exports
