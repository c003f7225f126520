/// Augmentation policies: parameters drawn for a view, then applied.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "core/random.hpp"

namespace cs::augment {

/// A named distribution of operations. A value; cheap to copy.
///
///     plain           the image itself
///     crop-flip       padding with 4 black pixels (size / 8), random crop, flip
///     simclr          random resized crop, flip, color jitter, gray; blur over 64 px
///     simclr-dkobak   the same with gray at 0.1 instead of 0.2
///     simclr-lightly  the same, with crops from 8 % of the area at any size
///     byol            crops from 8 %, less jitter; over 64 px even views are blurred always and
///                     odd ones at 0.1; odd views are solarized at 0.2
///     cont-steal      two operations of RandAugment at magnitude 14, padding with at most 4 black
///                     pixels, random crop, flip
///     stolen-encoder  simclr's at 32 px, without its crop
///     rda             square crop of 75 % of the area, flip, jitter, gray, blur, solarize
///     rda-prototype   the same with a crop of 90 %, for the victim's views
///
/// cs-augment(1) gives every number and its source.
class Policy {
 public:
  Policy();  ///< `plain`: the image itself
  /// The policy `name` for images of `size` pixels; throws UsageError with the names of all
  /// policies. `size` chooses between the settings for 32 px (up to 64) and those of full strength;
  /// with 0 the size of each view does.
  Policy(const std::string& name, int size);

  const std::string& name() const;

  /// A view of `image` (8-bit RGB, of any size from 1 x 1) at size x size, with parameters drawn
  /// from `random`; size 0 keeps the size of the image. A policy with a random resized crop takes
  /// it from the whole image; the others start from its central square, scaled. `byol` treats even
  /// and odd views (`random.view()`) differently. The result is continuous and shares no memory
  /// with `image`. A pure function of its arguments, safe to call from any number of threads.
  cv::Mat apply(const cv::Mat& image, int size, Random random) const;

 private:
  struct Recipe;
  friend const std::vector<std::string>& policy_names();

  const Recipe* recipe_;
  int tuned_for_ = 0;
};

/// The names of all policies, for `--help` and messages.
const std::vector<std::string>& policy_names();

}  // namespace cs::augment
