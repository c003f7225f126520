#include "exports/contact_sheet.hpp"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "codec/header.hpp"
#include "core/error.hpp"
#include "records/images.hpp"
#include "records/rows.hpp"

namespace cs::exports {
namespace {

using store::Column;

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kFontScale = 0.35;

/// Which records a sheet shows, and where.
struct Layout {
  cv::Size tile;       ///< of one image
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

std::uint64_t area_of(const Layout& layout) {
  const std::uint64_t width = std::uint64_t{kSheetGap} + static_cast<unsigned>(layout.tile.width);
  const std::uint64_t height =
      std::uint64_t{kSheetText + kSheetGap} + static_cast<unsigned>(layout.tile.height);
  return width * layout.columns * height * layout.rows;
}

cv::Size tile_of(const store::Dataset& dataset) {
  if (records::is_encoded(dataset)) return {kSheetSquare, kSheetSquare};
  const store::ColumnSpec& spec = dataset.require(Column::kImage);
  const cv::Size image(static_cast<int>(spec.shape.at(1)), static_cast<int>(spec.shape.at(0)));
  return image * std::max(1, kSheetTile / std::max(image.width, image.height));
}

Layout layout_of(const store::Dataset& dataset, std::uint64_t most_rows) {
  Layout layout{};
  layout.tile = tile_of(dataset);
  layout.views = dataset.header().views > 0;
  layout.step = layout.views ? dataset.header().views : kSheetColumns;
  layout.columns = std::min({layout.step, kSheetColumns, dataset.count()});
  layout.rows = std::min(most_rows, (dataset.count() + layout.step - 1) / layout.step);
  if (area_of(layout) > codec::kMostPixels)
    throw UsageError(dataset.name(), "would make a sheet of over 64 Mi pixels; give fewer `rows`");
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

void write_label(cv::Mat& sheet, const cv::Rect& strip, const records::Row& row, std::uint64_t id) {
  const std::string text = std::to_string(id) + " " + in_ascii(row.class_name);
  cv::Mat part = sheet(strip);
  cv::putText(part, cut(text, strip.width), {0, kSheetText - 4}, kFont, kFontScale,
              cv::Scalar::all(0), 1, cv::LINE_AA);
}

/// In the middle of `tile`; enlarged with square pixels, or shrunk.
void draw_image(const cv::Mat& tile, const cv::Mat& image) {
  const int factor = std::min(tile.cols / image.cols, tile.rows / image.rows);
  const double scale =
      factor > 0 ? factor : std::min(1.0 * tile.cols / image.cols, 1.0 * tile.rows / image.rows);
  const cv::Size size(std::max(1, cvRound(image.cols * scale)),
                      std::max(1, cvRound(image.rows * scale)));
  cv::Mat part =
      tile(cv::Rect({(tile.cols - size.width) / 2, (tile.rows - size.height) / 2}, size));
  cv::resize(image, part, size, 0, 0, factor > 0 ? cv::INTER_NEAREST : cv::INTER_AREA);
}

void draw_row(cv::Mat& sheet, const store::Dataset& dataset, const Layout& layout,
              std::uint64_t row) {
  const std::uint64_t begin = row * layout.step;
  const std::uint64_t count = std::min(layout.columns, dataset.count() - begin);
  const std::uint64_t first = dataset.header().first + begin;
  const std::vector<records::Row> of_row = records::rows_of(dataset, first, count);
  records::for_each_stored(dataset, first, count, [&](std::uint64_t id, std::string_view bytes) {
    const std::uint64_t column = id - first;
    const cv::Point corner = layout.corner(row, column);
    draw_image(sheet(cv::Rect(corner, layout.tile)), records::image_of(dataset, id, bytes));
    const int width = layout.views ? sheet.cols - corner.x : layout.tile.width;
    const cv::Rect strip(corner.x, corner.y + layout.tile.height, width, kSheetText);
    if (layout.views && column == 0) write_label(sheet, strip, of_row[0], first / layout.step);
    if (!layout.views) write_label(sheet, strip, of_row[column], id);
  });
}

}  // namespace

cv::Mat contact_sheet(const store::Dataset& dataset, std::uint64_t rows) {
  const Layout layout = layout_of(dataset, rows);
  cv::Mat sheet(layout.sheet(), CV_8UC3, cv::Scalar::all(255));
  for (std::uint64_t row = 0; row < layout.rows; ++row) draw_row(sheet, dataset, layout, row);
  return sheet;
}

}  // namespace cs::exports
