#include "image/export.hpp"

#include <unistd.h>

#include <fstream>
#include <opencv2/core.hpp>
#include <utility>

#include "codec/decode.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop.hpp"
#include "formats/npy.hpp"

namespace cs::image {
namespace fs = std::filesystem;
namespace {

using store::Column;

/// A folder that gets its name when it is complete.
class PendingFolder {
 public:
  explicit PendingFolder(fs::path target)
      : target_(target.has_filename() ? std::move(target) : target.parent_path()),
        path_(target_.string() + ".tmp." + std::to_string(::getpid())) {
    if (fs::exists(target_)) throw UsageError(target_.string(), "exists; name a new folder");
    remove_stale_temporaries(target_);
    std::error_code error;
    fs::create_directory(path_, error);
    if (error) throw Error(target_.string(), "cannot make this folder: " + error.message());
  }
  ~PendingFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;
  const fs::path& path() const { return path_; }
  void publish() { fs::rename(path_, target_); }

 private:
  fs::path target_, path_;
};

void export_images(const store::Dataset& dataset, const fs::path& folder) {
  const store::ColumnSpec& spec = dataset.require(Column::kImage);
  cv::Mat image(static_cast<int>(spec.shape.at(0)), static_cast<int>(spec.shape.at(1)), CV_8UC3);
  std::string index = "#id\tlabel\tclass\tname\n";
  for (const Row& row : rows_of(dataset)) {
    check_stop();
    dataset.read(Column::kImage, row.id, 1, image.data);
    write_file(folder / (std::to_string(row.id) + ".png"), codec::encode_png(image),
               Overwrite::kRefuse);
    index += to_tsv(row) + "\n";
  }
  write_file(folder / "index.tsv", index, Overwrite::kRefuse);
}

/// One .npy, written a block of records at a time.
void export_column(const store::Dataset& dataset, const store::ColumnSpec& spec,
                   const fs::path& path) {
  constexpr std::uint64_t kBlock = 4096;
  const store::Header& h = dataset.header();
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(h.count)};
  shape.insert(shape.end(), spec.shape.begin(), spec.shape.end());
  const char* dtype = spec.type == store::Type::kF16   ? "f2"
                      : spec.type == store::Type::kF32 ? "f4"
                                                       : "i4";
  std::ofstream out(path, std::ios::binary);
  out << formats::npy_header(dtype, shape);
  std::string block;
  for (std::uint64_t at = 0; at < h.count; at += kBlock) {
    check_stop();
    const std::uint64_t rows = std::min(kBlock, h.count - at);
    block.resize(rows * spec.record_bytes());
    dataset.read(spec.column, h.first + at, rows, block.data());
    out << block;
  }
  out.close();
  if (!out) throw system_error(path.string(), "cannot write");
}

}  // namespace

std::string to_tsv(const Row& row) {
  return std::to_string(row.id) + '\t' + (row.label < 0 ? "" : std::to_string(row.label)) + '\t' +
         row.class_name + '\t' + row.name;
}

std::vector<Row> rows_of(const store::Dataset& dataset) {
  return rows_of(dataset, dataset.header().first, dataset.count());
}

std::vector<Row> rows_of(const store::Dataset& dataset, std::uint64_t first, std::uint64_t count) {
  const store::Header& h = dataset.header();
  std::vector<Row> rows(count);
  std::vector<std::int32_t> labels(count, -1);
  std::vector<std::string> names(count);
  if (h.find(Column::kLabel) != nullptr) dataset.read(Column::kLabel, first, count, labels.data());
  if (h.find(Column::kName) != nullptr) names = dataset.read_bytes(Column::kName, first, count);
  for (std::uint64_t i = 0; i < count; ++i) {
    rows[i].id = first + i;
    rows[i].label = labels[i];
    rows[i].name = printable(names[i]);
    if (labels[i] >= 0 && static_cast<std::size_t>(labels[i]) < h.classes.size())
      rows[i].class_name = printable(h.classes[static_cast<std::size_t>(labels[i])]);
  }
  return rows;
}

void export_dataset(const store::Dataset& dataset, const fs::path& folder) {
  PendingFolder pending(folder);
  if (dataset.header().find(Column::kImage) != nullptr) {
    export_images(dataset, pending.path());
  } else {
    for (const store::ColumnSpec& spec : dataset.header().columns)
      export_column(dataset, spec,
                    pending.path() / (std::string(store::name_of(spec.column)) + ".npy"));
  }
  pending.publish();
}

}  // namespace cs::image
