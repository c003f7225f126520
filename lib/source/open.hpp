/// Opens a source of images by what it is.
///
///     const auto source = source::open_source("photos.tar.zst", {"train"});
///     source->read({0, 1}, [&](std::size_t i, std::string_view bytes) {
///       show(source->item(i).name, source->decode(i, bytes));
///     });
#pragma once

#include <memory>
#include <string>

#include "source/operand.hpp"
#include "source/source.hpp"

namespace cs::source {

/// Opens, by what `operand` is:
///
///   * a folder, or a tar (plain, gzip, zstd or xz) or zip archive, of image files at
///     CLASS/.../FILE. First bytes tell what is an image, and so do names such as x.png. Hidden
///     files and files that are no images are passed over, counted and remarked. Archives are never
///     extracted;
///   * either of them as a WebDataset: classes from NAME.cls beside the images;
///   * arrays of pixels: CIFAR-10, CIFAR-100, IDX (MNIST), STL-10, .npy; a file, or a folder or
///     archive (.npz) of files, each of them perhaps packed;
///   * a shard or a folder of shards, with raw or encoded images;
///   * `synth:shapes?count=N&size=S` (both optional: 10000, 32): see source/synth.hpp.
///
/// `KIND:PATH` says what it is: images, webdataset, cifar10, cifar100, idx, stl10, npy, shard.
///
/// Only what is under the prefix is listed, without it in the names. Files are either all in
/// folders, the first of which is the class, or all in none.
///
/// Throws UsageError for a faulty `synth:` address or prefix, Error if the operand cannot be read,
/// DataError for everything else, a source without any image included.
std::unique_ptr<Source> open_source(const std::string& operand, const SourceOptions& options);

/// The part of `operand` that is a path: all but `KIND:`. Empty for a procedural set.
std::string path_of_source(const std::string& operand);

/// `operand` for histories: printable, without the folders that differ from machine to machine.
std::string history_name(const std::string& operand);

}  // namespace cs::source
