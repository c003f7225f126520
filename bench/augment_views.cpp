// Makes SimCLR views of raw images on one thread and prints how many a second, for augment.py.
//
// usage: augment_views FILE WIDTH HEIGHT SIZE TUNED_FOR VIEWS
//
// FILE holds RGB images of WIDTH x HEIGHT, one after the other; the views have SIZE x SIZE, and the
// settings of images of TUNED_FOR pixels.

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "augment/policy.hpp"

namespace {

std::vector<std::uint8_t> read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: augment_views FILE WIDTH HEIGHT SIZE TUNED_FOR VIEWS\n";
    return 2;
  }
  cv::setNumThreads(1);
  std::vector<std::uint8_t> pixels = read_all(argv[1]);
  const int width = std::stoi(argv[2]);
  const int height = std::stoi(argv[3]);
  const int size = std::stoi(argv[4]);
  const cs::augment::Policy policy("simclr", std::stoi(argv[5]));
  const std::uint64_t views = std::stoull(argv[6]);
  const std::size_t bytes = std::size_t{3} * static_cast<std::size_t>(width) * height;
  const std::uint64_t images = pixels.size() / bytes;
  if (images == 0) return 1;

  const auto make = [&](std::uint64_t view) {
    const cv::Mat image(height, width, CV_8UC3, pixels.data() + view % images * bytes);
    return policy.apply(image, size, {1, cs::Purpose::kView, view});
  };
  std::uint64_t sum = make(0).data[0];  // of what is made, so that all of it is
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t view = 0; view < views; ++view) sum += make(view).data[0];
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::cout << static_cast<double>(views) / seconds.count() << ' ' << sum << '\n';
  return 0;
}
