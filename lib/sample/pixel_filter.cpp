#include "sample/pixel_filter.hpp"

#include <numeric>
#include <utility>

#include "augment/operations.hpp"
#include "core/error.hpp"
#include "records/digest.hpp"
#include "source/shards.hpp"

namespace cs::sample {

Digest PixelFilter::exclude(store::Dataset dataset) {
  const std::string name = dataset.name();
  const Digest fingerprint = dataset.header().fingerprint;
  const auto source = source::open_dataset(std::move(dataset));
  std::vector<std::size_t> all(source->size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::set<std::pair<int, int>> sizes;
  decode_each(*source, all, {0, decoding_.threads}, [&](const Decoded& decoded) {
    if (!decoded.problem.empty()) throw DataError(name, decoded.problem);
    sizes.emplace(decoded.image.cols, decoded.image.rows);
    excluded_.insert(records::image_digest(to_store(decoded.image)));
  });
  any_size_ = any_size_ || sizes.size() > 1;
  sizes_.merge(sizes);
  return fingerprint;
}

cv::Mat PixelFilter::to_store(const cv::Mat& image) const {
  return decoding_.size > 0 ? augment::central_square(image, decoding_.size) : image;
}

void PixelFilter::check_size(const source::Source& source, const cv::Mat& image) const {
  const bool source_of_any_size = source.is_encoded() || decoding_.size > 0;
  if (excluded_.empty() || (any_size_ && source_of_any_size)) return;
  if (sizes_.count({image.cols, image.rows}) + sizes_.count({decoding_.size, decoding_.size}) > 0)
    return;
  throw DataError("`exclude`", "holds no image of " + std::to_string(image.cols) + " x " +
                                   std::to_string(image.rows) +
                                   " pixels, which these have, so it could leave none out; sample "
                                   "both at one `size`");
}

std::vector<Fate> PixelFilter::judge(const source::Source& source,
                                     const std::vector<std::size_t>& candidates) {
  std::vector<Fate> fates;
  decode_each(source, candidates, {0, decoding_.threads}, [&](const Decoded& decoded) {
    fates.push_back(Fate::kStays);
    if (!decoded.problem.empty()) return;
    check_size(source, decoded.image);
    const Digest stored = records::image_digest(to_store(decoded.image));
    if (excluded_.count(stored) > 0)
      fates.back() = Fate::kExcluded;
    else if (unique_ && !seen_.insert(stored).second)
      fates.back() = Fate::kRepeats;
  });
  return fates;
}

}  // namespace cs::sample
