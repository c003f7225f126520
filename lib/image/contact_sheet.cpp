#include "image/contact_sheet.hpp"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <string>

#include "codec/header.hpp"
#include "core/error.hpp"
#include "core/stop.hpp"
#include "image/export.hpp"

namespace cs::image {
namespace {

using store::Column;

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kFontScale = 0.35;

/// Which records a sheet shows, and where.
struct Layout {
  cv::Size image;      ///< stored
  cv::Size tile;       ///< enlarged
  std::uint64_t step;  ///< records from row to row
  std::uint64_t columns, rows;
  bool views;

  cv::Size sheet() const {
    return {side(columns, tile.width), side(rows, tile.height + kSheetText)};
  }
  cv::Point corner(std::uint64_t row, std::uint64_t column) const {
    return {side(column, tile.width), side(row, tile.height + kSheetText)};
  }

 private:
  static int side(std::uint64_t cells, int extent) {
    return kSheetGap + static_cast<int>(cells) * (extent + kSheetGap);
  }
};

std::uint64_t pixels_of(const Layout& layout) {
  const std::uint64_t width = std::uint64_t{kSheetGap} + static_cast<unsigned>(layout.tile.width);
  const std::uint64_t height =
      std::uint64_t{kSheetText + kSheetGap} + static_cast<unsigned>(layout.tile.height);
  return width * layout.columns * height * layout.rows;
}

Layout layout_of(const store::Dataset& dataset, std::uint64_t most_rows) {
  const store::ColumnSpec& spec = dataset.require(Column::kImage);
  if (spec.encoding != store::Encoding::kRaw)
    throw DataError(dataset.name(), "holds images of several sizes; pass cs-sample --size");
  Layout layout{};
  layout.image = {static_cast<int>(spec.shape.at(1)), static_cast<int>(spec.shape.at(0))};
  layout.tile =
      layout.image * std::max(1, kSheetTile / std::max(layout.image.width, layout.image.height));
  layout.views = dataset.header().views > 0;
  layout.step = layout.views ? dataset.header().views : kSheetColumns;
  layout.columns = std::min({layout.step, kSheetColumns, dataset.count()});
  layout.rows = std::min(most_rows, (dataset.count() + layout.step - 1) / layout.step);
  if (pixels_of(layout) > codec::kMostPixels)
    throw UsageError(dataset.name(), "would make a sheet of over 64 Mi pixels; give fewer --rows");
  return layout;
}

/// `text`, which is printable(), in the characters of OpenCV's font.
std::string in_ascii(const std::string& text) {
  std::string ascii;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) ascii += c;
    if (byte >= 0xC0) ascii += '?';  // the first byte of a longer character
  }
  return ascii;
}

int width_of(const std::string& text) {
  return cv::getTextSize(text, kFont, kFontScale, 1, nullptr).width;
}

std::string cut(std::string text, int width) {
  if (width_of(text) <= width) return text;
  while (!text.empty() && width_of(text + "..") > width) text.pop_back();
  return text + "..";
}

void write_label(cv::Mat& sheet, const cv::Rect& strip, const Row& row, std::uint64_t id) {
  const std::string text = std::to_string(id) + " " + in_ascii(row.class_name);
  cv::Mat part = sheet(strip);
  cv::putText(part, cut(text, strip.width), {0, kSheetText - 4}, kFont, kFontScale,
              cv::Scalar::all(0), 1, cv::LINE_AA);
}

void draw_row(cv::Mat& sheet, const store::Dataset& dataset, const Layout& layout,
              std::uint64_t row) {
  const std::uint64_t begin = row * layout.step;
  const std::uint64_t count = std::min(layout.columns, dataset.count() - begin);
  const std::uint64_t first = dataset.header().first + begin;
  cv::Mat image(layout.image, CV_8UC3);
  const std::vector<Row> records = rows_of(dataset, first, count);
  for (std::uint64_t column = 0; column < count; ++column) {
    dataset.read(Column::kImage, first + column, 1, image.data);
    const cv::Point corner = layout.corner(row, column);
    cv::Mat cell = sheet(cv::Rect(corner, layout.tile));
    cv::resize(image, cell, layout.tile, 0, 0, cv::INTER_NEAREST);
    const int width = layout.views ? sheet.cols - corner.x : layout.tile.width;
    const cv::Rect strip(corner.x, corner.y + layout.tile.height, width, kSheetText);
    if (layout.views && column == 0) write_label(sheet, strip, records[0], first / layout.step);
    if (!layout.views) write_label(sheet, strip, records[column], first + column);
  }
}

}  // namespace

cv::Mat contact_sheet(const store::Dataset& dataset, std::uint64_t rows) {
  const Layout layout = layout_of(dataset, rows);
  cv::Mat sheet(layout.sheet(), CV_8UC3, cv::Scalar::all(255));
  for (std::uint64_t row = 0; row < layout.rows; ++row) {
    check_stop();
    draw_row(sheet, dataset, layout, row);
  }
  return sheet;
}

}  // namespace cs::image
