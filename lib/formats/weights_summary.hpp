/// What a file of weights holds, for people.
#pragma once

#include <string>

#include "formats/weights_file.hpp"

namespace cs::formats {

/// Lines `what: value`: the kind (encoder, head, checkpoint or foreign weights), the digest, what
/// the file says of itself, and its tensors. Throws DataError if the description is not one of its
/// kind.
std::string summary(const WeightsFile& file);

}  // namespace cs::formats
