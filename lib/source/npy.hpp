/// NumPy's arrays: .npy files, alone, in a folder or in an archive (.npz).
#pragma once

#include "source/kind.hpp"

namespace cs::source {

extern const Kind kNpy;

}  // namespace cs::source
