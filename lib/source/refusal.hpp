/// What is said of operands that hold no images in a known form: what they are instead, and the way
/// out.
#pragma once

#include "source/operand.hpp"

namespace cs::source {

/// Throws DataError: the file that `operand` names is no source of images.
[[noreturn]] void refuse_file(Operand& operand);

/// Throws DataError: the folder or archive of `files` holds no image under the operand's prefix.
[[noreturn]] void refuse_container(Operand& operand, const Files& files);

}  // namespace cs::source
