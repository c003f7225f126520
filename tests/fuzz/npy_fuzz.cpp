// NumPy's array file: its header, and the images and labels in it. Input: u8 flags, the file.
// Flag 1: the length of the header is made right first, to end with the last '}' or '\n'. Flag 2:
// the file is then cut or filled to the size that its header promises.
#include "checks.hpp"
#include "formats/npy.hpp"

namespace cs::fuzz {
namespace {

using formats::NpyHeader;

constexpr std::size_t kBefore = 10;  // magic, version and length of version 1

std::string with_right_length(std::string file) {
  const std::size_t end = file.find_last_of("}\n");
  if (file.size() < kBefore || end == std::string::npos || end < kBefore) return file;
  file[8] = static_cast<char>((end + 1 - kBefore) & 0xFFU);
  file[9] = static_cast<char>((end + 1 - kBefore) >> 8U & 0xFFU);
  return file;
}

std::string with_right_size(std::string file) {
  constexpr std::uint64_t kMost = 1U << 16U;
  const auto header = accepted([&] { return formats::read_npy_header(MemoryFile(file)); });
  if (!header) return file;
  std::uint64_t size = header->bytes;
  for (const std::uint64_t extent : header->shape)
    size = extent > kMost ? kMost : std::min(kMost, size * extent);
  file.resize(header->data + size, '\3');
  return file;
}

void check(const NpyHeader& header, const formats::Bytes& file) {
  require(header.data <= file.size(), "the header lies in the file");
  const std::string text = file.read(0, header.data);
  for (const char* key : {"descr", "fortran_order", "shape"})
    require(text.find(key) != std::string::npos, "the header names every member");
  const std::string dtype = header.dtype();
  if (dtype != "u1" && dtype != "i4" && dtype != "i8" && dtype != "f2" && dtype != "f4") return;
  const std::string written =
      formats::npy_header(dtype, {header.shape.begin(), header.shape.end()});
  const NpyHeader again = formats::read_npy_header(MemoryFile(written));
  require(again.dtype() == dtype && again.shape == header.shape, "a header reads back");
  require(again.data == written.size() && !again.fortran_order && !again.big_endian,
          "a written header is row-major, little-endian and whole");
}

}  // namespace

void run(Input input) {
  const auto flags = input.take<std::uint8_t>();
  std::string bytes(input.rest());
  if ((flags & 1U) != 0) bytes = with_right_length(bytes);
  if ((flags & 2U) != 0) bytes = with_right_size(bytes);
  const MemoryFile file(bytes);
  const auto header = accepted([&] { return formats::read_npy_header(file); });
  const bool is_npy = formats::is_npy(file);
  const auto images = accepted([&] { return formats::parse_npy_images(file); });
  const auto labels = accepted([&] { return formats::parse_npy_labels(file); });
  if (header) {
    require(is_npy, "what has a header is recognized");
    require(formats::npy_dimensions(file) == header->shape.size(), "dimensions are the shape's");
    check(*header, file);
  }
  require(header || (!images && !labels), "nothing is read without a header");
  if (images) check_images(file, *images);
  if (labels) check_labels(*labels, header->shape[0]);
}

}  // namespace cs::fuzz
