// Arrays of raw pixels: CIFAR-10, CIFAR-100, IDX and STL-10. Input: u32 size, bytes; the file is
// the bytes over and over up to that size, so that short inputs make whole records.
#include "checks.hpp"

namespace cs::fuzz {
namespace {

constexpr std::uint32_t kMostBytes = 1U << 17U;  // 4 images of STL-10

void check_cifar(const formats::Bytes& file) {
  const auto recognized = accepted([&] { return formats::recognize_cifar(file); });
  require(recognized.has_value(), "to recognize a file refuses none");
  for (const int classes : {10, 100}) {
    const auto images = accepted([&] { return formats::parse_cifar(file, classes); });
    if (images) {
      check_images(file, *images);
      check_labels(images->labels, images->count, classes);
    }
    require(images || *recognized != classes, "what is recognized is read");
  }
}

void check_idx(const formats::Bytes& file) {
  formats::is_idx(file);
  if (const auto images = accepted([&] { return formats::parse_idx_images(file); }))
    check_images(file, *images);
  if (const auto labels = accepted([&] { return formats::parse_idx_labels(file); }))
    check_labels(*labels, file.size() - 8, 256);
}

void check_stl10(const formats::Bytes& file) {
  if (const auto images = accepted([&] { return formats::parse_stl10_images(file); }))
    check_images(file, *images);
  if (const auto labels = accepted([&] { return formats::parse_stl10_labels(file); }))
    check_labels(*labels, file.size(), 10);
}

}  // namespace

void run(Input input) {
  const std::uint32_t file_size = input.take<std::uint32_t>() % kMostBytes;
  const MemoryFile file(input.rest(), file_size);
  check_cifar(file);
  check_idx(file);
  check_stl10(file);
}

}  // namespace cs::fuzz
