/// CIFAR-10 and CIFAR-100 in their binary versions.
#pragma once

#include "source/kind.hpp"

namespace cs::source {

extern const Kind kCifar10;
extern const Kind kCifar100;  ///< its classes are the fine labels

}  // namespace cs::source
