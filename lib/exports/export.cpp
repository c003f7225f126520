#include "exports/export.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <opencv2/core.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/decode.hpp"
#include "codec/header.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/parse.hpp"
#include "core/stop.hpp"
#include "exports/pending_folder.hpp"
#include "exports/rows.hpp"
#include "exports/tar_writer.hpp"
#include "formats/npy.hpp"
#include "records/images.hpp"

namespace cs::exports {
namespace fs = std::filesystem;
namespace {

using store::Column;
using store::ColumnSpec;
using store::Dataset;
using store::Type;

/// A part of an export, written as it comes; whoever owns the whole publishes it.
class OutputFile {
 public:
  /// `subject` is what messages call it.
  OutputFile(const fs::path& path, std::string subject)
      : subject_(std::move(subject)), out_(path, std::ios::binary) {
    check();
  }
  void write(std::string_view bytes) {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    check();
  }
  void close() {
    out_.close();
    check();
  }

 private:
  void check() const {
    if (!out_) throw system_error(subject_, "cannot write");
  }

  std::string subject_;
  std::ofstream out_;
};

OutputFile file_in(const PendingFolder& folder, const std::string& name) {
  return {folder.temporary() / name, (folder.target() / name).string()};
}

struct EncodedImage {
  std::string extension;
  std::string bytes;
};

EncodedImage encoded(const Dataset& dataset, std::uint64_t id, std::string_view stored, Form form,
                     int jpeg_quality) {
  if (form == Form::kSource) {
    const codec::Header header = codec::read_header(records::subject_of(dataset, id), stored);
    return {codec::extension_of(header.format), std::string(stored)};
  }
  const cv::Mat pixels = records::image_of(dataset, id, stored);
  if (form == Form::kPng) return {"png", codec::encode_png(pixels)};
  return {"jpg", codec::encode_jpeg(records::subject_of(dataset, id), pixels, jpeg_quality)};
}

void write_index(const Dataset& dataset, const PendingFolder& folder) {
  OutputFile index = file_in(folder, "index.tsv");
  index.write(std::string("#") + kRowColumns + "\n");
  Rows rows(dataset);
  for (std::uint64_t i = 0; i < dataset.count(); ++i) index.write(to_tsv(rows.next()) + "\n");
  index.close();
}

void export_images(const Dataset& dataset, const fs::path& target, Form form, int jpeg_quality) {
  if (form == Form::kSource && !records::is_encoded(dataset))
    throw DataError(dataset.name(), "holds pixels, not image files; export them as png");
  PendingFolder folder(target);
  records::for_each_stored(
      dataset, dataset.header().first, dataset.count(),
      [&](std::uint64_t id, std::string_view stored) {
        const EncodedImage image = encoded(dataset, id, stored, form, jpeg_quality);
        OutputFile file = file_in(folder, std::to_string(id) + "." + image.extension);
        file.write(image.bytes);
        file.close();
      });
  write_index(dataset, folder);
  folder.publish();
}

/// Ids of equal width, so that names sort in their order.
std::string key_of(const Dataset& dataset, std::uint64_t id) {
  const store::Header& h = dataset.header();
  const std::size_t width = std::max<std::size_t>(8, std::to_string(h.first + h.count - 1).size());
  const std::string digits = std::to_string(id);
  return std::string(width - digits.size(), '0') + digits;
}

void export_webdataset(const Dataset& dataset, const fs::path& target) {
  const Form form = records::is_encoded(dataset) ? Form::kSource : Form::kPng;
  TarWriter tar(target);
  Rows rows(dataset);
  records::for_each_stored(dataset, dataset.header().first, dataset.count(),
                           [&](std::uint64_t id, std::string_view stored) {
                             const Row& row = rows.next();
                             const std::string key = key_of(dataset, id);
                             const EncodedImage image = encoded(dataset, id, stored, form, 0);
                             tar.add(key + "." + image.extension, image.bytes);
                             Json about = {{"id", row.id}};
                             if (row.label >= 0) {
                               tar.add(key + ".cls", std::to_string(row.label));
                               about["label"] = row.label;
                               about["class"] = row.class_name;
                             }
                             if (!row.name.empty()) about["name"] = row.name;
                             tar.add(key + ".json", to_line(about));
                           });
  tar.close();
}

/// Calls `take(rows, bytes)` with block after block of a column of numbers.
template <typename Take>
void each_block(const Dataset& dataset, const ColumnSpec& spec, const Take& take) {
  constexpr std::uint64_t kBlockBytes = std::uint64_t{1} << 20U;
  const store::Header& h = dataset.header();
  const std::uint64_t most = std::max<std::uint64_t>(1, kBlockBytes / spec.record_bytes());
  std::string block;
  for (std::uint64_t at = 0; at < h.count; at += most) {
    check_stop();
    const std::uint64_t rows = std::min(most, h.count - at);
    block.resize(rows * spec.record_bytes());
    dataset.read(spec.column, h.first + at, rows, block.data());
    take(block);
  }
}

const char* dtype_of(Type type) {
  switch (type) {
    case Type::kU8:
      return "u1";
    case Type::kF32:
      return "f4";
    case Type::kF16:
      return "f2";
    case Type::kI32:
      return "i4";
  }
  throw Error("unknown type of a column");
}

void export_npy(const Dataset& dataset, const fs::path& target) {
  if (dataset.header().find(Column::kImage) != nullptr && records::is_encoded(dataset))
    throw DataError(
        dataset.name(),
        "holds image files of any size, which make no array; let cs-sample make them one size, or "
        "export them as png");
  PendingFolder folder(target);
  for (const ColumnSpec& spec : dataset.header().columns) {
    if (spec.encoding == store::Encoding::kSource) continue;  // names: they are in index.tsv
    std::vector<std::int64_t> shape{static_cast<std::int64_t>(dataset.count())};
    shape.insert(shape.end(), spec.shape.begin(), spec.shape.end());
    OutputFile file = file_in(folder, std::string(store::name_of(spec.column)) + ".npy");
    file.write(formats::npy_header(dtype_of(spec.type), shape));
    each_block(dataset, spec, [&](const std::string& block) { file.write(block); });
    file.close();
  }
  write_index(dataset, folder);
  folder.publish();
}

/// A column of numbers as text, record by record.
class Numbers {
 public:
  Numbers(const Dataset& dataset, const ColumnSpec& spec) : dataset_(dataset), spec_(spec) {
    for (const std::uint32_t extent : spec.shape) width_ *= extent;
  }

  /// The names of its values, each with a tab before it.
  std::string names() const {
    std::string name = std::string("\t") + store::name_of(spec_.column);
    if (spec_.shape.empty()) return name;
    std::string names;
    for (std::size_t i = 0; i < width_; ++i) names += name + "_" + std::to_string(i);
    return names;
  }

  void append(std::uint64_t id, std::string& line) {
    if (id >= begin_ + rows_) read(id);
    const std::size_t size = store::size_of(spec_.type);
    const char* at = block_.data() + (id - begin_) * spec_.record_bytes();
    for (std::size_t i = 0; i < width_; ++i, at += size) {
      line += '\t';
      if (spec_.type == Type::kI32) append_text(value_at<std::int32_t>(at), line);
      if (spec_.type == Type::kF32) append_text(value_at<float>(at), line);
      if (spec_.type == Type::kF16)
        append_text(static_cast<float>(value_at<cv::float16_t>(at)), line);
    }
  }

 private:
  void read(std::uint64_t id) {
    begin_ = id;
    rows_ = dataset_.run(spec_.column, id);
    block_.resize(rows_ * spec_.record_bytes());
    dataset_.read(spec_.column, id, rows_, block_.data());
  }

  template <typename T>
  static T value_at(const char* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }

  /// The shortest text that reads back as the same value of its type.
  template <typename T>
  static void append_text(T value, std::string& line) {
    std::array<char, 32> buffer{};
    line.append(buffer.data(),
                std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
  }

  const Dataset& dataset_;
  const ColumnSpec& spec_;
  std::size_t width_ = 1;
  std::uint64_t begin_ = 0, rows_ = 0;
  std::string block_;
};

void export_tsv(const Dataset& dataset, const fs::path& target) {
  PendingFile pending(target, Overwrite::kRefuse);
  OutputFile file(pending.temporary(), target.string());
  std::vector<Numbers> columns;
  for (const ColumnSpec& spec : dataset.header().columns)
    if (spec.type != Type::kU8 && spec.column != Column::kLabel)
      columns.emplace_back(dataset, spec);
  std::string line = std::string("#") + kRowColumns;
  for (const Numbers& column : columns) line += column.names();
  file.write(line + "\n");
  Rows rows(dataset);
  for (std::uint64_t i = 0; i < dataset.count(); ++i) {
    const Row& row = rows.next();
    line = to_tsv(row);
    for (Numbers& column : columns) column.append(row.id, line);
    file.write(line + "\n");
  }
  file.close();
  pending.publish();
}

void refuse_existing(const fs::path& target) {
  if (fs::exists(fs::symlink_status(target)))
    throw UsageError(target.string(), "exists; name another");
}

}  // namespace

Form form_of(const std::string& what, const std::string& name) {
  const std::vector<std::string> names = split(kFormNames, '|');
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end())
    throw UsageError(what, "'" + printable(name) + "' is none of " + kFormNames);
  return static_cast<Form>(at - names.begin());
}

void export_dataset(const Dataset& dataset, const fs::path& target, const ExportOptions& options) {
  refuse_existing(target);
  const bool images = dataset.header().find(Column::kImage) != nullptr;
  const Form form = options.form.value_or(images ? Form::kPng : Form::kNpy);
  switch (form) {
    case Form::kPng:
    case Form::kJpeg:
    case Form::kSource:
      return export_images(dataset, target, form, options.jpeg_quality);
    case Form::kWebDataset:
      return export_webdataset(dataset, target);
    case Form::kNpy:
      return export_npy(dataset, target);
    case Form::kTsv:
      return export_tsv(dataset, target);
  }
}

}  // namespace cs::exports
