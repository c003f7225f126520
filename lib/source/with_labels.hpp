/// Other labels for the items of a source.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "source/source.hpp"

namespace cs::source {

/// `source` with these labels of its items, which count `classes`.
std::unique_ptr<Source> with_labels(std::unique_ptr<Source> source,
                                    std::vector<std::int32_t> labels,
                                    std::vector<std::string> classes);

}  // namespace cs::source
