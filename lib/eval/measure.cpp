#include "eval/measure.hpp"

#include <algorithm>

namespace cs::eval {

bool Measure::takes(Input input) const {
  return std::find(needs.begin(), needs.end(), input) != needs.end() ||
         std::any_of(quantities.begin(), quantities.end(),
                     [&](const Quantity& quantity) { return quantity.only_of == input; });
}

}  // namespace cs::eval
