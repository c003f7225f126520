#include "augment/policy.hpp"

#include <algorithm>
#include <array>

#include "augment/operations.hpp"
#include "core/error.hpp"

namespace cs::augment {
namespace {

/// Images up to this size get the settings published for 32 px.
constexpr int kSmall = 64;

/// How strong `simclr` is. A kernel of 0 means no blur.
struct ContrastiveSettings {
  Interval scale;
  JitterStrength jitter;
  double gray;
  double blur;
};

constexpr ContrastiveSettings kSimclrSmall = {{0.2, 1.0}, {0.4, 0.4, 0.4, 0.1}, 0.2, 0.0};
constexpr ContrastiveSettings kSimclrLarge = {{0.08, 1.0}, {0.8, 0.8, 0.8, 0.2}, 0.2, 0.5};

cv::Mat contrastive_view(const ContrastiveSettings& settings, const cv::Mat& image, cv::Size size,
                         Random& random) {
  const cv::Rect crop =
      random_resized_crop(image.size(), settings.scale, {3.0 / 4.0, 4.0 / 3.0}, random);
  cv::Mat view = crop_resize(image, crop, size);
  if (random.chance(0.5)) view = flip(view);
  ColorChange change;
  if (random.chance(0.8)) draw_jitter(settings.jitter, change, random);
  change.gray = random.chance(settings.gray);
  change_color(view, change);
  if (random.chance(settings.blur)) {
    const int kernel = std::max(3, std::min(size.width, size.height) / 10 | 1);
    view = gaussian_blur(view, kernel, random.uniform(0.1, 2.0));
  }
  return view;
}

cv::Mat plain(const cv::Mat& image, cv::Size size, bool /*small*/, Random& /*random*/) {
  return resize(image, size);
}

cv::Mat simclr(const cv::Mat& image, cv::Size size, bool small, Random& random) {
  return contrastive_view(small ? kSimclrSmall : kSimclrLarge, image, size, random);
}

cv::Mat crop_flip(const cv::Mat& image, cv::Size size, bool /*small*/, Random& random) {
  const int padding = std::max(size.width, size.height) / 8;  // 4 at 32 px
  const auto places = 2 * static_cast<std::uint64_t>(padding) + 1;
  const auto y = static_cast<int>(random.below(places));
  const auto x = static_cast<int>(random.below(places));
  const cv::Mat view = pad_crop(resize(image, size), padding, x, y);
  return random.chance(0.5) ? flip(view) : view;
}

}  // namespace

/// One row per policy: its name, and how it makes a view of `size`.
struct Policy::Recipe {
  std::string name;
  cv::Mat (*view)(const cv::Mat& image, cv::Size size, bool small, Random& random);

  static const std::array<Recipe, 3>& all() {
    static const std::array<Recipe, 3> recipes = {
        {{"plain", plain}, {"crop-flip", crop_flip}, {"simclr", simclr}}};
    return recipes;
  }
};

Policy::Policy() : recipe_(&Recipe::all().front()) {}

Policy::Policy(const std::string& name, int size) : Policy() {
  const auto& all = Recipe::all();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Recipe& recipe) { return recipe.name == name; });
  if (found == all.end()) {
    std::string known;
    for (const std::string& each : policy_names()) known += (known.empty() ? "" : ", ") + each;
    throw UsageError("--policy", "'" + printable(name) + "' is unknown; give one of " + known);
  }
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
