/// IDX, the format of MNIST and its relatives.
#pragma once

#include "source/kind.hpp"

namespace cs::source {

extern const Kind kIdx;

}  // namespace cs::source
