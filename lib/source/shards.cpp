#include "source/shards.hpp"
#include "source/kinds.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace cs::source {
namespace {

using store::Column;

class Records : public Source {
 public:
  explicit Records(store::Dataset dataset) : dataset_(std::move(dataset)) {
    const store::ColumnSpec& spec = dataset_.require(Column::kImage);
    encoded_ = spec.encoding == store::Encoding::kSource;
    if (!encoded_) {
      height_ = static_cast<int>(spec.shape.at(0));
      width_ = static_cast<int>(spec.shape.at(1));
    }
    labels_.assign(dataset_.count(), -1);
    if (dataset_.header().find(Column::kLabel) != nullptr) load_labels();
    if (dataset_.header().find(Column::kName) != nullptr) load_names();
  }

  std::size_t size() const override { return dataset_.count(); }
  const std::vector<std::string>& classes() const override { return dataset_.header().classes; }
  bool is_encoded() const override { return encoded_; }

  Item item(std::size_t index) const override {
    if (name_ends_.empty()) return {std::to_string(first() + index), labels_.at(index)};
    const std::uint64_t begin = index == 0 ? 0 : name_ends_[index - 1];
    return {names_.substr(begin, name_ends_.at(index) - begin), labels_.at(index)};
  }

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    constexpr std::size_t kMostRows = 64;  // of a run that is read at once
    for (std::size_t at = 0; at < wanted.size();) {
      check_stop();
      std::size_t rows = 1;
      while (rows < kMostRows && at + rows < wanted.size() &&
             wanted[at + rows] == wanted[at] + rows)
        ++rows;
      encoded_ ? read_encoded(wanted[at], rows, at, take) : read_raw(wanted[at], rows, at, take);
      at += rows;
    }
  }

  cv::Mat decode(std::size_t index, std::string_view bytes) const override {
    if (encoded_) return Source::decode(index, bytes);
    cv::Mat image(height_, width_, CV_8UC3);
    std::memcpy(image.data, bytes.data(), bytes.size());
    return image;
  }

 private:
  std::uint64_t first() const { return dataset_.header().first; }

  void load_labels() {
    dataset_.read(Column::kLabel, first(), dataset_.count(), labels_.data());
    const auto end = static_cast<std::int32_t>(dataset_.header().classes.size());
    for (const std::int32_t label : labels_)
      if (label < -1 || label >= end)
        throw DataError(dataset_.name(), "holds a label that is none of its classes; sample again");
  }

  /// All at once: a record's name alone would cost a whole chunk each time.
  void load_names() {
    constexpr std::uint64_t kRows = 16'384;
    for (std::uint64_t at = 0; at < dataset_.count(); at += kRows)
      for (const std::string& name : dataset_.read_bytes(Column::kName, first() + at,
                                                         std::min(kRows, dataset_.count() - at))) {
        names_ += name;
        name_ends_.push_back(names_.size());
      }
  }

  void read_raw(std::size_t index, std::size_t rows, std::size_t position, const Take& take) const {
    const std::size_t bytes = dataset_.require(Column::kImage).record_bytes();
    std::string pixels(rows * bytes, '\0');
    dataset_.read(Column::kImage, first() + index, rows, pixels.data());
    for (std::size_t i = 0; i < rows; ++i)
      take(position + i, std::string_view(pixels).substr(i * bytes, bytes));
  }

  void read_encoded(std::size_t index, std::size_t rows, std::size_t position,
                    const Take& take) const {
    const auto files = dataset_.read_bytes(Column::kImage, first() + index, rows);
    for (std::size_t i = 0; i < rows; ++i) take(position + i, files[i]);
  }

  store::Dataset dataset_;
  bool encoded_ = false;
  int height_ = 0, width_ = 0;
  std::vector<std::int32_t> labels_;
  std::string names_;                     ///< one after the other
  std::vector<std::uint64_t> name_ends_;  ///< in `names_`; empty if records have no names
};

bool recognize(Operand& operand) {
  if (std::filesystem::path(operand.text()).extension() == ".lmdb") return true;
  return operand.is_folder() ? store::is_folder_of_shards(operand.text())
                             : operand.file_kind() == formats::FileKind::kLmdb;
}

std::unique_ptr<Source> open(Operand& operand) {
  if (!operand.options().prefix.empty())
    throw UsageError("`prefix`", "shards have no folders; leave it out");
  operand.is_folder();  // or there is nothing
  return open_dataset(store::Dataset({operand.text()}, operand.options().verify));
}

}  // namespace

const Kind kShards = {recognize, open};

std::unique_ptr<Source> open_dataset(store::Dataset dataset) {
  return std::make_unique<Records>(std::move(dataset));
}

}  // namespace cs::source
