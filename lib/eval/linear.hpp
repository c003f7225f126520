/// The measure `linear`: what a linear probe reads off embeddings.
#pragma once

#include "eval/measure.hpp"

namespace cs::eval {

/// Option `l2`; gives the probe as a head.
Measure linear_measure();

}  // namespace cs::eval
