#include "answers/difference.hpp"

#include <cmath>
#include <limits>

namespace cs::answers {

Difference difference(const float* a, const float* b, std::size_t size) {
  double aa = 0;
  double bb = 0;
  double ab = 0;
  double apart = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const double x = a[i];
    const double y = b[i];
    aa += x * x;
    bb += y * y;
    ab += x * y;
    apart += (x - y) * (x - y);
  }
  if (apart == 0) return {};
  const bool directed = aa > 0 && bb > 0;
  return {aa > 0 ? std::sqrt(apart / aa) : std::numeric_limits<double>::infinity(),
          directed ? ab / std::sqrt(aa * bb) : 0};
}

}  // namespace cs::answers
