/// A WebDataset: image files in a folder or an archive, and beside each a NAME.cls whose text is
/// the class. NAME is the path up to the first dot of its last part.
#pragma once

#include "source/kind.hpp"

namespace cs::source {

extern const Kind kWebDataset;

}  // namespace cs::source
