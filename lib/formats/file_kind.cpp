#include "formats/file_kind.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "core/error.hpp"

namespace cs::formats {
namespace {

using std::literals::operator""sv;  // NOLINT(misc-unused-using-decls): it does not see literals

struct Row {
  FileKind kind;
  FileUse use;
  std::string_view words;
};

constexpr std::array kRows = {
    Row{FileKind::kUnknown, FileUse::kUnknown, "of no known kind"},
    Row{FileKind::kEmpty, FileUse::kUnknown, "empty"},
    Row{FileKind::kText, FileUse::kText, "text"},
    Row{FileKind::kHtml, FileUse::kText, "a web page (HTML)"},
    Row{FileKind::kLfsPointer, FileUse::kText, "a pointer of Git LFS, not the file itself"},
    Row{FileKind::kSafetensors, FileUse::kModel, "safetensors"},
    Row{FileKind::kTorchScript, FileUse::kModel, "TorchScript"},
    Row{FileKind::kTorchZip, FileUse::kModel, "pickled tensors of PyTorch (torch.save)"},
    Row{FileKind::kTorchLegacy, FileUse::kModel,
        "pickled tensors of PyTorch (torch.save before 1.6)"},
    Row{FileKind::kOnnx, FileUse::kModel, "an ONNX model"},
    Row{FileKind::kTensorflowLite, FileUse::kModel, "a TensorFlow Lite model"},
    Row{FileKind::kLmdb, FileUse::kData, "an LMDB file"},
    Row{FileKind::kNpy, FileUse::kData, "a NumPy array (.npy)"},
    Row{FileKind::kNpz, FileUse::kData, "NumPy arrays (.npz)"},
    Row{FileKind::kIdx, FileUse::kData, "an IDX array, as MNIST's"},
    Row{FileKind::kMatlab, FileUse::kData, "a MATLAB file"},
    Row{FileKind::kHdf5, FileUse::kData, "an HDF5 file"},
    Row{FileKind::kParquet, FileUse::kData, "a Parquet table"},
    Row{FileKind::kArrow, FileUse::kData, "an Arrow table"},
    Row{FileKind::kPickle, FileUse::kData, "a Python pickle"},
    Row{FileKind::kCifarPickle, FileUse::kData, "a Python pickle of CIFAR"},
    Row{FileKind::kZip, FileUse::kArchive, "a zip archive"},
    Row{FileKind::kTar, FileUse::kArchive, "a tar archive"},
    Row{FileKind::kGzip, FileUse::kArchive, "compressed with gzip"},
    Row{FileKind::kZstd, FileUse::kArchive, "compressed with zstd"},
    Row{FileKind::kBzip2, FileUse::kArchive, "compressed with bzip2"},
    Row{FileKind::kXz, FileUse::kArchive, "compressed with xz"},
    Row{FileKind::kSevenZip, FileUse::kArchive, "a 7z archive"},
    Row{FileKind::kRar, FileUse::kArchive, "a RAR archive"},
    Row{FileKind::kJpeg, FileUse::kImage, "a JPEG image"},
    Row{FileKind::kPng, FileUse::kImage, "a PNG image"},
    Row{FileKind::kTiff, FileUse::kImage, "a TIFF image"},
    Row{FileKind::kBmp, FileUse::kImage, "a BMP image"},
    Row{FileKind::kPnm, FileUse::kImage, "a PNM image"},
    Row{FileKind::kGif, FileUse::kImage, "a GIF image"},
    Row{FileKind::kWebp, FileUse::kImage, "a WebP image"},
    Row{FileKind::kHeif, FileUse::kImage, "a HEIF or AVIF image"},
    Row{FileKind::kJpeg2000, FileUse::kImage, "a JPEG 2000 image"},
    Row{FileKind::kJpegXl, FileUse::kImage, "a JPEG XL image"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (static_cast<std::size_t>(kRows[i].kind) != i) return false;
  return true;
}
static_assert(in_order(), "row i describes kind i");

const Row& row_of(FileKind kind) { return kRows.at(static_cast<std::size_t>(kind)); }

/// Bytes that stand at one place in every file of a kind. The first row that fits decides, so those
/// at the beginning of a file come before those further on, which other files may hold by chance.
struct Signature {
  FileKind kind;
  std::size_t offset;
  std::string_view bytes;
};

constexpr std::array kSignatures = {
    Signature{FileKind::kTorchLegacy, 0,
              "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv},
    Signature{FileKind::kNpy, 0, "\x93NUMPY"sv},
    Signature{FileKind::kMatlab, 0, "MATLAB 5.0 MAT-file"sv},
    Signature{FileKind::kMatlab, 0, "MATLAB 7.3 MAT-file"sv},
    Signature{FileKind::kHdf5, 0, "\x89HDF\r\n\x1a\n"sv},
    Signature{FileKind::kParquet, 0, "PAR1"sv},
    Signature{FileKind::kArrow, 0, "ARROW1"sv},
    Signature{FileKind::kGzip, 0, "\x1f\x8b"sv},
    Signature{FileKind::kZstd, 0, "\x28\xb5\x2f\xfd"sv},
    Signature{FileKind::kBzip2, 0, "BZh"sv},
    Signature{FileKind::kXz, 0, "\xfd\x37zXZ\0"sv},
    Signature{FileKind::kSevenZip, 0, "7z\xbc\xaf\x27\x1c"sv},
    Signature{FileKind::kRar, 0, "Rar!\x1a\x07"sv},
    Signature{FileKind::kJpeg, 0, "\xff\xd8\xff"sv},
    Signature{FileKind::kPng, 0, "\x89PNG\r\n\x1a\n"sv},
    Signature{FileKind::kTiff, 0, "II*\0"sv},
    Signature{FileKind::kTiff, 0, "MM\0*"sv},
    Signature{FileKind::kTiff, 0, "II+\0"sv},
    Signature{FileKind::kTiff, 0, "MM\0+"sv},
    Signature{FileKind::kGif, 0, "GIF87a"sv},
    Signature{FileKind::kGif, 0, "GIF89a"sv},
    Signature{FileKind::kJpeg2000, 0, "\0\0\0\x0cjP  \r\n\x87\n"sv},
    Signature{FileKind::kJpeg2000, 0, "\xff\x4f\xff\x51"sv},
    Signature{FileKind::kJpegXl, 0, "\xff\x0a"sv},
    Signature{FileKind::kJpegXl, 0, "\0\0\0\x0cJXL \r\n\x87\n"sv},
    Signature{FileKind::kLfsPointer, 0, "version https://git-lfs.github.com/spec/"sv},
    Signature{FileKind::kTensorflowLite, 4, "TFL3"sv},
    Signature{FileKind::kLmdb, 16, "\xde\xc0\xef\xbe"sv},
    Signature{FileKind::kHdf5, 512, "\x89HDF\r\n\x1a\n"sv},
    Signature{FileKind::kTar, 257, "ustar"sv},
    Signature{FileKind::kHeif, 4, "ftypheic"sv},
    Signature{FileKind::kHeif, 4, "ftypheix"sv},
    Signature{FileKind::kHeif, 4, "ftypmif1"sv},
    Signature{FileKind::kHeif, 4, "ftypavif"sv},
};

bool stands_at(std::string_view bytes, std::size_t offset, std::string_view what) {
  return bytes.size() >= offset && bytes.substr(offset, what.size()) == what;
}

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

std::uint64_t little_endian(std::string_view bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i)
    value = value << 8U | byte_at(bytes, at + static_cast<std::size_t>(i));
  return value;
}

bool printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// A length and the JSON object of so many bytes.
bool is_safetensors(std::string_view head) {
  constexpr std::uint64_t kMostHeader = 100'000'000;
  const std::uint64_t length = little_endian(head, 0, 8);
  return length >= 2 && length <= kMostHeader && stands_at(head, 8, "{");
}

/// A protocol buffer that begins with ir_version (field 1), followed by the producer's name or the
/// graph: onnx.proto, ModelProto.
bool is_onnx(std::string_view head) {
  if (byte_at(head, 0) != 0x08 || byte_at(head, 1) == 0 || byte_at(head, 1) > 0x20) return false;
  const std::size_t length = byte_at(head, 3);
  switch (byte_at(head, 2)) {
    case 0x12:  // producer_name
      return length < 0x80 && head.size() >= 4 + length && printable_ascii(head.substr(4, length));
    case 0x3a:  // graph
    case 0x42:  // opset_import
      return length > 0;
    default:
      return false;
  }
}

bool is_idx(std::string_view head) {
  constexpr std::string_view kTypes = "\x08\x09\x0b\x0c\x0d\x0e";
  const unsigned dimensions = byte_at(head, 3);
  return head.size() >= 4 + 4 * std::size_t{dimensions} && stands_at(head, 0, "\0\0"sv) &&
         kTypes.find(head[2]) != std::string_view::npos && dimensions >= 1 && dimensions <= 4;
}

/// PROTO 2 to 5 and an opcode that a pickle may go on with.
bool is_pickle(std::string_view head) {
  constexpr std::string_view kNext = "}](cKMNX\x8a\x8c\x95)G";
  return head.size() >= 3 && byte_at(head, 0) == 0x80 && byte_at(head, 1) >= 2 &&
         byte_at(head, 1) <= 5 && kNext.find(head[2]) != std::string_view::npos;
}

/// The dictionaries of the CIFAR downloads begin with one of these keys.
bool is_cifar_pickle(std::string_view head) {
  constexpr std::size_t kFirstKey = 64;
  constexpr std::array kKeys = {"batch_label"sv, "filenames"sv, "num_cases_per_batch"sv,
                                "fine_label"sv, "coarse_label"sv};
  return std::any_of(kKeys.begin(), kKeys.end(), [&](std::string_view key) {
    return head.substr(0, kFirstKey).find(key) != std::string_view::npos;
  });
}

/// P1 to P6 and a number, past white space and comments; P7 has words.
bool is_pnm(std::string_view head) {
  constexpr std::string_view kSpace = " \t\r\n";
  if (head.size() < 3 || head[0] != 'P' || head[1] < '1' || head[1] > '7') return false;
  std::size_t at = 2;
  while (at < head.size() && (kSpace.find(head[at]) != std::string_view::npos || head[at] == '#'))
    at = head[at] == '#' ? head.find('\n', at) : at + 1;
  if (at == 2 || at >= head.size()) return false;
  return head[1] == '7' ? stands_at(head, at, "WIDTH") : head[at] >= '0' && head[at] <= '9';
}

bool is_webp(std::string_view head) {
  return stands_at(head, 0, "RIFF") && stands_at(head, 8, "WEBP");
}

/// "BM", and a header of a length that exists at byte 14.
bool is_bmp(std::string_view head) {
  const std::uint64_t header = little_endian(head, 14, 4);
  return stands_at(head, 0, "BM") && header >= 12 && header <= 124;
}

bool is_html(std::string_view head) {
  constexpr std::size_t kFirst = 256;
  std::string begin(head.substr(0, kFirst));
  std::transform(begin.begin(), begin.end(), begin.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return begin.find("<!doctype html") != std::string::npos ||
         begin.find("<html") != std::string::npos;
}

bool is_text(std::string_view head) {
  return std::none_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
  });
}

/// Calls `see` with the names in a zip's list of members, as far as it lies in `tail`.
template <typename See>
void for_each_member(std::string_view tail, const See& see) {
  constexpr std::string_view kMark = "PK\1\2";
  constexpr std::size_t kFixed = 46;
  for (std::size_t at = tail.find(kMark); at != std::string_view::npos;
       at = tail.find(kMark, at + 1)) {
    const std::size_t length = little_endian(tail, at + 28, 2);
    if (tail.size() >= at + kFixed + length) see(tail.substr(at + kFixed, length));
  }
}

FileKind kind_of_zip(std::string_view tail) {
  bool pickled = false;
  bool program = false;
  bool arrays = true;  // all of them, and at least one
  std::size_t members = 0;
  for_each_member(tail, [&](std::string_view name) {
    ++members;
    pickled = pickled || ends_with(name, "/data.pkl");
    program = program || ends_with(name, "/constants.pkl") ||
              name.find("/code/") != std::string_view::npos;
    arrays = arrays && ends_with(name, ".npy");
  });
  if (program) return FileKind::kTorchScript;
  if (pickled) return FileKind::kTorchZip;
  return arrays && members > 0 ? FileKind::kNpz : FileKind::kZip;
}

}  // namespace

FileKind kind_of(std::string_view head, std::string_view tail) {
  if (head.empty()) return FileKind::kEmpty;
  for (const std::string_view mark : {"PK\3\4"sv, "PK\5\6"sv})
    if (stands_at(head, 0, mark)) return kind_of_zip(tail);
  for (const Signature& signature : kSignatures)
    if (stands_at(head, signature.offset, signature.bytes)) return signature.kind;
  if (is_safetensors(head)) return FileKind::kSafetensors;
  if (is_pickle(head)) return is_cifar_pickle(head) ? FileKind::kCifarPickle : FileKind::kPickle;
  if (is_onnx(head)) return FileKind::kOnnx;
  if (is_idx(head)) return FileKind::kIdx;
  if (is_webp(head)) return FileKind::kWebp;
  if (is_bmp(head)) return FileKind::kBmp;
  if (is_pnm(head)) return FileKind::kPnm;
  if (is_html(head)) return FileKind::kHtml;
  return is_text(head) ? FileKind::kText : FileKind::kUnknown;
}

FileKind kind_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string head(kHeadBytes, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  if (!file.is_open() || file.bad()) throw system_error(path.string(), "cannot read");
  head.resize(static_cast<std::size_t>(file.gcount()));
  file.clear();
  const auto size = static_cast<std::size_t>(file.seekg(0, std::ios::end).tellg());
  std::string tail(std::min(size, kTailBytes), '\0');
  file.seekg(static_cast<std::streamoff>(size - tail.size()));
  if (!file.read(tail.data(), static_cast<std::streamsize>(tail.size())))
    throw system_error(path.string(), "cannot read");
  return kind_of(head, tail);
}

FileUse use_of(FileKind kind) { return row_of(kind).use; }

std::string_view words_for(FileKind kind) { return row_of(kind).words; }

}  // namespace cs::formats
