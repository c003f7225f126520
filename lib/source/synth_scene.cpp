#include "source/synth_scene.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/random.hpp"
#include "source/synth_shapes.hpp"

namespace cs::source {
namespace {

constexpr double kPi = 3.141592653589793;

struct Color {
  double r, g, b;
};

Color mix(const Color& a, const Color& b, double part) {
  return {a.r + part * (b.r - a.r), a.g + part * (b.g - a.g), a.b + part * (b.b - a.b)};
}

double luma(const Color& color) { return 0.299 * color.r + 0.587 * color.g + 0.114 * color.b; }

/// Muted colors: were they bright, they alone would tell images apart, and contrastive training
/// would learn them instead of shapes.
Color random_color(Random& random) {
  const double r = random.uniform(0, 255);
  const double g = random.uniform(0, 255);
  const Color bright{r, g, random.uniform(0, 255)};
  const double gray = luma(bright);
  return mix({gray, gray, gray}, bright, 0.35);
}

/// Two colors that run into each other along a line across the frame.
struct Gradient {
  Color from, to;
  Point direction;

  Color at(Point p) const {
    const double part = 0.5 + 0.5 * (p.x * direction.x + p.y * direction.y);
    return mix(from, to, std::clamp(part, 0.0, 1.0));
  }
};

Gradient random_gradient(const Color& base, double spread, Random& random) {
  const double angle = random.uniform(0, 2 * kPi);
  const double part = random.uniform(0, spread);
  return {base, mix(base, random_color(random), part), {std::cos(angle), std::sin(angle)}};
}

/// Something in the background: a soft blob, or a small sharp scrap.
struct Clutter {
  Point center;
  Point axis;  ///< a unit vector
  double length, width;
  Color color;
  bool soft;

  /// How much of `color` covers (x, y).
  double cover(Point p) const {
    const Point d{p.x - center.x, p.y - center.y};
    const double along = (d.x * axis.x + d.y * axis.y) / length;
    const double across = (d.y * axis.x - d.x * axis.y) / width;
    if (!soft) return std::abs(along) < 1 && std::abs(across) < 1 ? 1 : 0;
    const double distance = along * along + across * across;
    return distance < 4 ? 0.8 * std::exp(-2 * distance) : 0;  // beyond, under 0.1 of 255
  }
};

Clutter random_clutter(bool soft, Random& random) {
  const double angle = random.uniform(0, 2 * kPi);
  const double length = soft ? random.uniform(0.2, 0.6) : random.uniform(0.05, 0.3);
  const double width = soft ? random.uniform(0.2, 0.6) : random.uniform(0.02, 0.06);
  return {{random.uniform(-1, 1), random.uniform(-1, 1)},
          {std::cos(angle), std::sin(angle)},
          length,
          width,
          random_color(random),
          soft};
}

/// Everything about one image but its noise, in coordinates of -1 to 1.
struct Scene {
  bool (*inside)(Point p);
  Gradient background, foreground;
  std::vector<Clutter> clutter;
  Point center;
  Point to_x, to_y;  ///< rows of the map from the frame to the shape's own coordinates
  double noise;

  Color at(Point p) const {
    const Point d{p.x - center.x, p.y - center.y};
    if (inside({to_x.x * d.x + to_x.y * d.y, to_y.x * d.x + to_y.y * d.y})) return foreground.at(p);
    Color color = background.at(p);
    for (const Clutter& each : clutter)
      if (const double cover = each.cover(p); cover > 0) color = mix(color, each.color, cover);
    return color;
  }
};

/// Colors whose gray values differ, lighter inside as often as outside, so that the shape survives
/// the loss of color.
std::array<Color, 2> contrasting_colors(Random& random) {
  for (;;) {
    const Color a = random_color(random);
    const Color b = random_color(random);
    if (std::abs(luma(a) - luma(b)) > 70) return {a, b};
  }
}

Scene random_scene(std::uint64_t index, Random& random) {
  Scene scene{};
  scene.inside = kShapes[index % kShapes.size()].inside;
  const auto [outer, inner] = contrasting_colors(random);
  scene.background = random_gradient(outer, 0.35, random);
  scene.foreground = random_gradient(inner, 0.35, random);
  for (std::uint64_t n = random.below(4); n > 0; --n)
    scene.clutter.push_back(random_clutter(true, random));
  for (std::uint64_t n = random.below(6); n > 0; --n)
    scene.clutter.push_back(random_clutter(false, random));
  const double radius = random.uniform(0.55, 0.95);
  const double room = 1.1 - radius;
  scene.center = {random.uniform(-room, room), random.uniform(-room, room)};
  const double stretch = random.uniform(0.85, 1.0 / 0.85);
  const double angle = random.uniform(0, 2 * kPi);
  const double x_scale = std::sqrt(stretch) / radius;
  const double y_scale = 1 / (std::sqrt(stretch) * radius);
  scene.to_x = {std::cos(angle) * x_scale, std::sin(angle) * x_scale};
  scene.to_y = {-std::sin(angle) * y_scale, std::cos(angle) * y_scale};
  scene.noise = random.uniform(0, 24);
  return scene;
}

/// The mean of 4 x 4 points of the pixel (x, y): smooth edges without a drawing library, whose
/// results could change under us.
Color sample_pixel(const Scene& scene, int x, int y, int size) {
  constexpr int kGrid = 4;
  const double step = 2.0 / (kGrid * size);
  Color sum{0, 0, 0};
  for (int i = 0; i < kGrid; ++i)
    for (int j = 0; j < kGrid; ++j) {
      const Color at =
          scene.at({(kGrid * x + j + 0.5) * step - 1, (kGrid * y + i + 0.5) * step - 1});
      sum = {sum.r + at.r, sum.g + at.g, sum.b + at.b};
    }
  return mix({0, 0, 0}, sum, 1.0 / (kGrid * kGrid));
}

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

/// The ten bits of `bits` from `shift` as a number in [-1, 1).
double noise_from(std::uint32_t bits, unsigned shift) {
  return static_cast<double>((bits >> shift) & 1023U) / 512.0 - 1;
}

}  // namespace

cv::Mat draw_synth(std::uint64_t seed, std::uint64_t index, int size) {
  Random random(seed, Purpose::kSynth, index);
  const Scene scene = random_scene(index, random);
  cv::Mat image(size, size, CV_8UC3);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const Color color = sample_pixel(scene, x, y, size);
      const std::uint32_t bits = random.bits();
      image.at<cv::Vec3b>(y, x) = {to_byte(color.r + scene.noise * noise_from(bits, 0)),
                                   to_byte(color.g + scene.noise * noise_from(bits, 10)),
                                   to_byte(color.b + scene.noise * noise_from(bits, 20))};
    }
  return image;
}

}  // namespace cs::source
