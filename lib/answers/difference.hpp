/// How far apart two answers to one image are.
#pragma once

#include <cstddef>

namespace cs::answers {

struct Difference {
  double relative = 0;  ///< |a - b| / |a|, lengths being Euclidean; 0 if both are zero
  double cosine = 1;    ///< of the angle between them; 1 if both are zero, 0 if one of them is
};

/// Between `size` numbers each, in double precision.
Difference difference(const float* a, const float* b, std::size_t size);

}  // namespace cs::answers
