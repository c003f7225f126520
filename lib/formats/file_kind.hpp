/// What a file is, by its first bytes, whatever its name says. Tells people what they have handed
/// in; a parser has the last word.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace cs::formats {

enum class FileKind : std::uint8_t {
  kUnknown,
  kEmpty,
  kText,        ///< no other kind, and no control character at its beginning
  kHtml,        ///< often the error page that was downloaded in a file's place
  kLfsPointer,  ///< the line of text that Git LFS keeps in a file's place

  // Models.
  kSafetensors,
  kTorchScript,  ///< torch.jit.save
  kTorchZip,     ///< torch.save since PyTorch 1.6: pickled tensors, no program
  kTorchLegacy,  ///< torch.save before that
  kOnnx,
  kTensorflowLite,

  // Tables and arrays.
  kLmdb,  ///< a shard, or the data file of an answer cache
  kNpy,
  kNpz,
  kIdx,
  kMatlab,
  kHdf5,
  kParquet,
  kArrow,
  kPickle,
  kCifarPickle,  ///< "CIFAR-10 python version" and the like

  // Archives and compressed files.
  kZip,
  kTar,
  kGzip,
  kZstd,
  kBzip2,
  kXz,
  kSevenZip,
  kRar,

  // Images.
  kJpeg,
  kPng,
  kTiff,
  kBmp,
  kPnm,
  kGif,
  kWebp,
  kHeif,  ///< HEIC and AVIF
  kJpeg2000,
  kJpegXl,
};

/// What one may do with a file.
enum class FileUse : std::uint8_t { kUnknown, kText, kModel, kData, kArchive, kImage };

/// How many bytes at the beginning of a file, and at the end of one that is a zip, are enough.
inline constexpr std::size_t kHeadBytes = std::size_t{1} << 12U;
inline constexpr std::size_t kTailBytes = std::size_t{1} << 20U;

/// `head` is how the file begins. What lies in a zip is told by the list at its end, which `tail`
/// holds; `head` and `tail` may both be the whole file.
FileKind kind_of(std::string_view head, std::string_view tail);

/// The kind of the file at `path`; throws Error if it cannot be read.
FileKind kind_of_file(const std::filesystem::path& path);

FileUse use_of(FileKind kind);

/// The kind in words that follow "is": "a zip archive", "compressed with gzip", "empty".
std::string_view words_for(FileKind kind);

}  // namespace cs::formats
