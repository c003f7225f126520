// Draws views for policies_reference.py. The folder it is given holds images.tsv (name, width,
// height), NAME.rgb, raw pixels, and policies.tsv (policy, size its settings are for, size of the
// views, number of each view, file); it adds each file, COUNT views of the images in turn, and
// draws.tsv: the parameters of crops and color jitters.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "augment/operations.hpp"
#include "augment/policy.hpp"

namespace {

using cs::Random;

constexpr auto kPurpose = cs::Purpose::kView;

std::vector<cv::Mat> read_images(const std::filesystem::path& folder) {
  std::vector<cv::Mat> images;
  std::ifstream list(folder / "images.tsv");
  std::string name;
  for (int width = 0, height = 0; list >> name >> width >> height;) {
    images.emplace_back(height, width, CV_8UC3);
    std::ifstream file(folder / (name + ".rgb"), std::ios::binary);
    file.read(reinterpret_cast<char*>(images.back().data),
              static_cast<std::streamsize>(images.back().total() * 3));
    if (!file) throw std::runtime_error(name + " is short");
  }
  return images;
}

void export_policies(const std::filesystem::path& folder, std::uint64_t count) {
  const std::vector<cv::Mat> images = read_images(folder);
  std::ifstream list(folder / "policies.tsv");
  std::string policy, name;
  int tuned_for = 0, size = 0;
  for (std::uint32_t view = 0; list >> policy >> tuned_for >> size >> view >> name;) {
    const cs::augment::Policy made(policy, tuned_for);
    std::ofstream file(folder / name, std::ios::binary);
    for (std::uint64_t i = 0; i < count; ++i) {
      const cv::Mat pixels =
          made.apply(images[i % images.size()], size, Random(1, kPurpose, i, view));
      file.write(reinterpret_cast<const char*>(pixels.data),
                 static_cast<std::streamsize>(pixels.total() * 3));
    }
    if (!file.flush()) throw std::runtime_error("cannot write " + name);
  }
}

void export_draws(const std::filesystem::path& folder, std::uint64_t count) {
  std::ofstream out(folder / "draws.tsv");
  for (std::uint64_t i = 0; i < count; ++i) {
    Random random(2, kPurpose, i);
    const cv::Rect crop =
        cs::augment::random_resized_crop({500, 375}, {0.08, 1}, {3.0 / 4, 4.0 / 3}, random);
    cs::augment::ColorChange change;
    cs::augment::draw_jitter({0.8, 0.4, 0.3, 0.2}, change, random);
    out << crop.y << ' ' << crop.x << ' ' << crop.height << ' ' << crop.width << ' '
        << change.brightness << ' ' << change.contrast << ' ' << change.saturation << ' '
        << change.hue;
    for (const auto step : change.order) out << ' ' << static_cast<int>(step);
    out << '\n';
  }
  if (!out.flush()) throw std::runtime_error("cannot write draws.tsv");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: export_policies FOLDER COUNT\n";
    return 2;
  }
  export_policies(argv[1], std::stoull(argv[2]));
  export_draws(argv[1], std::stoull(argv[2]));
  return 0;
}
