/// The measure `answers`: how right stored predictions or posteriors are as they stand.
#pragma once

#include "eval/measure.hpp"

namespace cs::eval {

Measure answers_measure();

}  // namespace cs::eval
