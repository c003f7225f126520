/// Data sets of raw pixels among named files: CIFAR, IDX, STL-10, .npy. Their labels and class
/// names are found beside them by name.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "source/files.hpp"
#include "source/source.hpp"

namespace cs::source {

enum class ArrayKind { kCifar10, kCifar100, kIdx, kStl10, kNpy };

/// The first kind of which `files` hold image files, by their names.
std::optional<ArrayKind> find_arrays(const Files& files);

/// What the unpacked entry 0 of `files` is: by its content; STL-10, which has no mark, by a name
/// that ends in X.bin.
std::optional<ArrayKind> recognize_array(const Files& files);

/// All image files of `kind` among `files`; items are called SPLIT/NUMBER, where the names of the
/// files tell the split (train, test, val, unlabeled, extra) or simply NUMBER. Only the split
/// `prefix`, if that is not empty, without it in the names. Throws DataError if there is none, or
/// if labels and images do not belong together.
std::unique_ptr<Source> open_arrays(const Files& files, ArrayKind kind, const std::string& prefix);

/// The one image file that is entry 0 of `files`, whatever it is called; its neighbors may hold
/// labels and class names.
std::unique_ptr<Source> open_array(const Files& files, ArrayKind kind);

}  // namespace cs::source
