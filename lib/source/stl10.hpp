/// STL-10 in its binary version.
#pragma once

#include "source/kind.hpp"

namespace cs::source {

extern const Kind kStl10;

}  // namespace cs::source
