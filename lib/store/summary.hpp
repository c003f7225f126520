/// A dataset's header as text for people.
#pragma once

#include <string>

#include "store/dataset.hpp"

namespace cs::store {

/// Lines `what: value` for people: kind, records, columns, classes, set, links, fingerprint and
/// history. Names are printable().
std::string summary(const Dataset& dataset);

}  // namespace cs::store
