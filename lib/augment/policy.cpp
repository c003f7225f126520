#include "augment/policy.hpp"

#include <algorithm>

#include "augment/blur.hpp"
#include "augment/operations.hpp"
#include "augment/rand_augment.hpp"
#include "augment/tone.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::augment {
namespace {

/// Images up to this size get the settings published for 32 px.
constexpr int kSmall = 64;

enum class Blur : bool {
  kTenth,  ///< a window of a tenth of the image, as SimCLR's code
  kPil,    ///< PIL's filter
};

/// The steps that views of contrastive methods have in common, with their probabilities.
struct ContrastiveSettings {
  Interval scale;  ///< of the crop's area
  Interval ratio;
  JitterStrength jitter;
  double gray = 0.2;
  double blur = 0;
  Blur kind = Blur::kTenth;
  double solarize = 0;
};

constexpr Interval kUsualRatio = {3.0 / 4.0, 4.0 / 3.0};
constexpr ContrastiveSettings kSimclrSmall = {{0.2, 1}, kUsualRatio, {0.4, 0.4, 0.4, 0.1}};
constexpr ContrastiveSettings kSimclrLarge = {
    {0.08, 1}, kUsualRatio, {0.8, 0.8, 0.8, 0.2}, 0.2, 0.5};
constexpr ContrastiveSettings kByol = {{0.08, 1}, kUsualRatio, {0.4, 0.4, 0.2, 0.1}};
constexpr ContrastiveSettings kRda = {{0.75, 0.75}, {1, 1}, {0.4, 0.4, 0.4, 0.2}, 0.2, 0.1,
                                      Blur::kPil,   0.1};

cv::Mat blurred(const cv::Mat& view, Blur blur, Random& random) {
  const double sigma = random.uniform(0.1, 2.0);
  if (blur == Blur::kPil) return gaussian_filter(view, sigma);
  const int kernel = std::max(3, std::min(view.cols, view.rows) / 10 | 1);
  return gaussian_blur(view, kernel, sigma);
}

cv::Mat contrastive_view(const ContrastiveSettings& settings, const cv::Mat& cropped,
                         Random& random) {
  cv::Mat view = random.chance(0.5) ? flip(cropped) : cropped;
  ColorChange change;
  if (random.chance(0.8)) draw_jitter(settings.jitter, change, random);
  change.gray = random.chance(settings.gray);
  change_color(view, change);
  if (random.chance(settings.blur)) view = blurred(view, settings.kind, random);
  if (random.chance(settings.solarize)) view = solarize(view, 128);
  return view;
}

cv::Mat cropped_view(const ContrastiveSettings& settings, const cv::Mat& image, cv::Size size,
                     Random& random) {
  const cv::Rect crop = random_resized_crop(image.size(), settings.scale, settings.ratio, random);
  return contrastive_view(settings, crop_resize(image, crop, size), random);
}

/// The image that a policy without a random resized crop starts from. A size other than the image's
/// is square.
cv::Mat fitted(const cv::Mat& image, cv::Size size) {
  return size == image.size() ? image.clone() : central_square(image, size.width);
}

/// Padding, a random crop of the original size, and a flip in half of the views.
cv::Mat shifted_view(const cv::Mat& image, int padding, Random& random) {
  const auto places = 2 * static_cast<std::uint64_t>(padding) + 1;
  const auto y = static_cast<int>(random.below(places));
  const auto x = static_cast<int>(random.below(places));
  const cv::Mat view = pad_crop(image, padding, x, y);
  return random.chance(0.5) ? flip(view) : view;
}

cv::Mat plain(const cv::Mat& image, cv::Size size, bool /*small*/, Random& /*random*/) {
  return fitted(image, size);
}

cv::Mat simclr(const cv::Mat& image, cv::Size size, bool small, Random& random) {
  return cropped_view(small ? kSimclrSmall : kSimclrLarge, image, size, random);
}

cv::Mat simclr_dkobak(const cv::Mat& image, cv::Size size, bool small, Random& random) {
  ContrastiveSettings settings = small ? kSimclrSmall : kSimclrLarge;
  settings.gray = 0.1;
  return cropped_view(settings, image, size, random);
}

cv::Mat simclr_lightly(const cv::Mat& image, cv::Size size, bool small, Random& random) {
  ContrastiveSettings settings = small ? kSimclrSmall : kSimclrLarge;
  settings.scale = {0.08, 1};
  return cropped_view(settings, image, size, random);
}

cv::Mat crop_flip(const cv::Mat& image, cv::Size size, bool /*small*/, Random& random) {
  const int padding = std::max(size.width, size.height) / 8;  // 4 at 32 px
  return shifted_view(fitted(image, size), padding, random);
}

cv::Mat cont_steal(const cv::Mat& image, cv::Size size, bool /*small*/, Random& random) {
  const int padding = std::min(4, std::max(size.width, size.height) / 8);
  return shifted_view(rand_augment(fitted(image, size), 2, 14, random), padding, random);
}

cv::Mat stolen_encoder(const cv::Mat& image, cv::Size size, bool /*small*/, Random& random) {
  return contrastive_view(kSimclrSmall, fitted(image, size), random);
}

cv::Mat rda(const cv::Mat& image, cv::Size size, bool /*small*/, Random& random) {
  return cropped_view(kRda, image, size, random);
}

cv::Mat rda_prototype(const cv::Mat& image, cv::Size size, bool /*small*/, Random& random) {
  ContrastiveSettings settings = kRda;
  settings.scale = {0.9, 0.9};
  return cropped_view(settings, image, size, random);
}

cv::Mat byol(const cv::Mat& image, cv::Size size, bool small, Random& random) {
  const bool second = random.view() % 2 == 1;
  ContrastiveSettings settings = kByol;
  if (!small) settings.blur = second ? 0.1 : 1.0;
  settings.kind = Blur::kPil;
  settings.solarize = second ? 0.2 : 0.0;
  return cropped_view(settings, image, size, random);
}

}  // namespace

/// One row per policy: its name, and the function that makes a view of `size`.
struct Policy::Recipe {
  std::string name;
  cv::Mat (*view)(const cv::Mat& image, cv::Size size, bool small, Random& random);

  static const std::vector<Recipe>& all() {
    static const std::vector<Recipe> recipes = {{"plain", plain},
                                                {"crop-flip", crop_flip},
                                                {"simclr", simclr},
                                                {"simclr-dkobak", simclr_dkobak},
                                                {"simclr-lightly", simclr_lightly},
                                                {"byol", byol},
                                                {"cont-steal", cont_steal},
                                                {"stolen-encoder", stolen_encoder},
                                                {"rda", rda},
                                                {"rda-prototype", rda_prototype}};
    return recipes;
  }
};

Policy::Policy() : recipe_(&Recipe::all().front()) {}

Policy::Policy(const std::string& name, int size) : Policy() {
  const auto& all = Recipe::all();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Recipe& recipe) { return recipe.name == name; });
  if (found == all.end())
    throw UsageError("`policy`", "'" + printable(name) + "' is unknown; give one of " +
                                     join(policy_names(), ", "));
  recipe_ = &*found;
  tuned_for_ = size;
}

const std::string& Policy::name() const { return recipe_->name; }

cv::Mat Policy::apply(const cv::Mat& image, int size, Random random) const {
  const cv::Size wanted = size == 0 ? image.size() : cv::Size(size, size);
  const int tuned_for = tuned_for_ == 0 ? std::max(wanted.width, wanted.height) : tuned_for_;
  return recipe_->view(image, wanted, tuned_for <= kSmall, random);
}

const std::vector<std::string>& policy_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& recipe : Policy::Recipe::all()) list.push_back(recipe.name);
    return list;
  }();
  return names;
}

}  // namespace cs::augment
