/// A procedural set, `synth:shapes`: ten kinds of shape, for a first run without any data. The kind
/// of shape is the class; place, size, angle, colors, texture, clutter and noise vary freely within
/// it, so pixels alone say little about the class.
#pragma once

#include <string>
#include <vector>

#include "source/kind.hpp"

namespace cs::source {

/// `shapes?count=N&size=S`: N images (10000) of S x S pixels (32). The seed of the options names
/// the set.
extern const Kind kSynth;

/// The ten classes in name order; image i has class i % 10.
const std::vector<std::string>& synth_classes();

}  // namespace cs::source
