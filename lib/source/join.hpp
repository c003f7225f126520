/// Several sources as one.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "source/source.hpp"

namespace cs::source {

/// The items of `sources`, at least one, one source after the other. Classes are merged by name: in
/// the order of the first source if it has them all, else in that of class_less(). A source without
/// classes beside one with some is a DataError.
///
/// Each read() reads each source once, so that archives stay cheap; if it wants their items mixed,
/// the bytes of all but one source wait in an unlinked file in `spill_dir`.
std::unique_ptr<Source> join(std::vector<std::unique_ptr<Source>> sources,
                             const std::filesystem::path& spill_dir);

}  // namespace cs::source
