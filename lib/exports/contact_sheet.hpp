/// A picture of many records, for people to look at.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

#include "store/dataset.hpp"

namespace cs::exports {

/// How a sheet is laid out. Cells stand kSheetGap apart and from the edge, in a grid; each is an
/// image, enlarged by the whole factor that brings it nearest to kSheetTile from below, over a line
/// of text kSheetText high. Images stored as files, of any size, get squares of kSheetSquare: each
/// is enlarged by the whole factor, or shrunk, that fits it best, and stands in the middle.
inline constexpr int kSheetGap = 4;
inline constexpr int kSheetTile = 96;
inline constexpr int kSheetSquare = 128;
inline constexpr int kSheetText = 14;
inline constexpr std::uint64_t kSheetColumns = 10;

/// The first records of an image shard, kSheetColumns a row; or of a views shard, one original a
/// row, its views (kSheetColumns at most) side by side. At most `rows` rows. The text is id and
/// class, of views the original's; what the font lacks is a question mark, what is too long is cut.
/// 8-bit RGB. Throws DataError if the dataset holds no images or one cannot be decoded, UsageError
/// if the sheet would have over 64 Mi pixels.
cv::Mat contact_sheet(const store::Dataset& dataset, std::uint64_t rows);

}  // namespace cs::exports
