/// A procedural set, `synth:shapes?count=N&size=S`: N images (10000) of S x S pixels (32); the seed
/// of the options names the set. For a first run without any data: it shows ten kinds of shape. The
/// kind of shape is the class; place, size, angle, colors, texture, clutter and noise vary freely
/// within it, so pixels alone say little about the class.
#pragma once

#include <string>
#include <vector>

namespace cs::source {

/// The ten classes in name order; image i has class i % 10.
const std::vector<std::string>& synth_classes();

}  // namespace cs::source
