#include "answers/queries.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "augment/operations.hpp"
#include "core/error.hpp"
#include "core/ordered.hpp"
#include "core/stop.hpp"
#include "records/digest.hpp"
#include "records/images.hpp"

namespace cs::answers {
namespace {

constexpr std::uint64_t kPieceBytes = std::uint64_t{4} << 20U;
constexpr std::uint64_t kPieceImages = 4096;

/// Bytes of a query.
std::uint64_t bytes_of(const store::Dataset& images, int side) {
  const auto extent = static_cast<std::uint64_t>(side);
  return records::is_encoded(images) ? extent * extent * 3
                                     : images.require(store::Column::kImage).record_bytes();
}

}  // namespace

Queries Queries::without_images(std::uint64_t first, std::uint64_t count) {
  Queries queries;
  queries.list_.resize(count);
  for (std::uint64_t i = 0; i < count; ++i) queries.list_[i].id = first + i;
  return queries;
}

Queries read_queries(const store::Dataset& images, std::uint64_t first, std::uint64_t count,
                     int side) {
  const store::ColumnSpec& spec = images.require(store::Column::kImage);
  const bool encoded = records::is_encoded(images);
  if (!encoded && (spec.shape.size() != 3 || spec.shape[2] != 3))
    throw DataError(images.name(), "its images are not RGB");
  const auto extent = static_cast<std::uint32_t>(side);
  const std::uint32_t height = encoded ? extent : spec.shape[0];
  const std::uint32_t width = encoded ? extent : spec.shape[1];
  const std::uint64_t bytes = std::uint64_t{height} * width * 3;
  Queries queries;
  queries.pixels_.resize(count * bytes);
  std::uint8_t* to = queries.pixels_.data();
  if (!encoded)
    images.read(store::Column::kImage, first, count, to);
  else
    records::for_each_image(images, first, count, [&](std::uint64_t /*id*/, const cv::Mat& rgb) {
      const cv::Mat square = augment::central_square(rgb, side);
      to = std::copy(square.datastart, square.dataend, to);
    });
  queries.list_.reserve(count);
  std::string scratch;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint8_t* pixels = queries.pixels_.data() + i * bytes;
    queries.list_.push_back(
        {first + i, records::image_digest(height, width, pixels, scratch), height, width, pixels});
  }
  return queries;
}

void for_each_piece(const store::Dataset& images, int side, int threads,
                    const std::function<bool(Queries piece)>& take) {
  const std::uint64_t rows =
      std::clamp<std::uint64_t>(kPieceBytes / bytes_of(images, side), 1, kPieceImages);
  Pipeline<Queries> pieces((images.count() + rows - 1) / rows, threads, [&](std::size_t index) {
    const std::uint64_t from = index * rows;
    return read_queries(images, images.header().first + from, std::min(rows, images.count() - from),
                        side);
  });
  for (Queries piece; pieces.next(piece);) {
    check_stop();
    if (!take(std::move(piece))) return;
  }
}

}  // namespace cs::answers
