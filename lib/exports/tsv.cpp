#include <array>
#include <charconv>
#include <cstring>
#include <opencv2/core.hpp>
#include <vector>

#include "exports/forms.hpp"
#include "exports/listing.hpp"
#include "exports/output_file.hpp"
#include "records/rows.hpp"

namespace cs::exports {
namespace {

/// A column of numbers as text, record by record.
class Numbers {
 public:
  Numbers(const store::Dataset& dataset, const store::ColumnSpec& spec)
      : dataset_(dataset), spec_(spec) {
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
      if (spec_.type == store::Type::kI32) append_text(value_at<std::int32_t>(at), line);
      if (spec_.type == store::Type::kF32) append_text(value_at<float>(at), line);
      if (spec_.type == store::Type::kF16)
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

  const store::Dataset& dataset_;
  const store::ColumnSpec& spec_;
  std::size_t width_ = 1;
  std::uint64_t begin_ = 0, rows_ = 0;
  std::string block_;
};

/// A file of a line a record: id, label, class, name, numbers of vectors.
class Tsv : public Form {
 public:
  void write(const store::Dataset& dataset, const std::filesystem::path& target) const override {
    Pending pending = Pending::file(target, Overwrite::kRefuse);
    OutputFile file(pending.temporary(), target.string());
    std::vector<Numbers> columns;
    for (const store::ColumnSpec& spec : dataset.header().columns)
      if (spec.type != store::Type::kU8 && spec.column != store::Column::kLabel)
        columns.emplace_back(dataset, spec);
    std::string line = std::string("#") + kListingColumns;
    for (const Numbers& column : columns) line += column.names();
    file.write(line + "\n");
    records::Rows rows(dataset);
    for (std::uint64_t i = 0; i < dataset.count(); ++i) {
      const records::Row& row = rows.next();
      line = listing_line(row);
      for (Numbers& column : columns) column.append(row.id, line);
      file.write(line + "\n");
    }
    file.close();
    pending.publish();
  }
};

}  // namespace

std::unique_ptr<const Form> make_tsv(const FormOptions& /*options*/) {
  return std::make_unique<Tsv>();
}

}  // namespace cs::exports
