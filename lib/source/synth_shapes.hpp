/// The outlines of `synth:shapes`, each of which fills about the unit disc and is centered on it.
#pragma once

#include <array>

namespace cs::source {

struct Point {
  double x, y;
};

struct Shape {
  const char* name;         ///< its class
  bool (*inside)(Point p);  ///< whether `p` lies in it
};

/// In the order of their names, which is that of the classes.
extern const std::array<Shape, 10> kShapes;

}  // namespace cs::source
