#include "source/synth_shapes.hpp"

#include <algorithm>
#include <cmath>

namespace cs::source {
namespace {

constexpr double kPi = 3.141592653589793;

double length(Point p) { return std::sqrt(p.x * p.x + p.y * p.y); }

bool bars(Point p) {
  if (std::max(std::abs(p.x), std::abs(p.y)) > 0.85) return false;
  return std::fmod(p.x + 0.85, 0.68) < 0.34;  // three bars, the right edge open
}

bool checker(Point p) {
  if (std::max(std::abs(p.x), std::abs(p.y)) > 0.85) return false;
  const int column = static_cast<int>((p.x + 0.85) / 0.425);
  const int row = static_cast<int>((p.y + 0.85) / 0.425);
  return (column + row) % 2 == 0;
}

bool disc(Point p) { return length(p) < 0.85; }

bool crescent(Point p) { return length(p) < 0.95 && length({p.x - 0.4, p.y}) > 0.7; }

bool cross(Point p) {
  const double near = std::min(std::abs(p.x), std::abs(p.y));
  const double far = std::max(std::abs(p.x), std::abs(p.y));
  return near < 0.3 && far < 0.95;
}

bool heart(Point p) {
  const double x = p.x * 1.2;
  const double y = 0.2 - p.y * 1.2;
  const double base = x * x + y * y - 1;
  return base * base * base < x * x * y * y * y;
}

bool ring(Point p) {
  const double radius = length(p);
  return radius > 0.5 && radius < 0.95;
}

bool square(Point p) { return std::max(std::abs(p.x), std::abs(p.y)) < 0.75; }

bool star(Point p) {
  // Folded into half a point of five, the outline is one line from the tip to the inner corner.
  const double tenth = kPi / 5;
  const double angle = std::abs(std::remainder(std::atan2(p.x, -p.y), 2 * tenth));
  const double radius = length(p);
  const Point inner{0.42 * std::cos(tenth), 0.42 * std::sin(tenth)};
  const Point at{radius * std::cos(angle), radius * std::sin(angle)};
  return at.x * inner.y + at.y * (1 - inner.x) < inner.y;
}

bool triangle(Point p) {
  const double slope = std::sqrt(0.75);
  return p.y < 0.5 && slope * std::abs(p.x) - 0.5 * p.y < 0.5;
}

}  // namespace

const std::array<Shape, 10> kShapes = {{{"bars", bars},
                                        {"checker", checker},
                                        {"crescent", crescent},
                                        {"cross", cross},
                                        {"disc", disc},
                                        {"heart", heart},
                                        {"ring", ring},
                                        {"square", square},
                                        {"star", star},
                                        {"triangle", triangle}}};

}  // namespace cs::source
