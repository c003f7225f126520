// Writes, into the folder it is given, images and what each operation makes of them, for
// operations_reference.py: NAME.rgb holds raw pixels, list.tsv one line per result:
// file, operation, width, height, width and height of the result, parameters.

#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "augment/geometry.hpp"
#include "augment/operations.hpp"
#include "augment/tone.hpp"

namespace {

using namespace cs::augment;  // NOLINT: this program is a list of its names

/// Smooth random colors with edges and full range, as photographs have.
cv::Mat smooth_image(int width, int height, std::uint64_t seed) {
  cv::RNG random(seed);
  cv::Mat coarse(6, 6, CV_32FC3);
  random.fill(coarse, cv::RNG::UNIFORM, -10, 266);
  cv::Mat fine;
  cv::resize(coarse, fine, {width, height}, 0, 0, cv::INTER_CUBIC);
  for (int i = 0; i < 3; ++i) {
    const cv::Point center(random.uniform(0, width), random.uniform(0, height));
    const cv::Scalar color(random.uniform(0, 256), random.uniform(0, 256), random.uniform(0, 256));
    cv::circle(fine, center, width / 8, color, cv::FILLED, cv::LINE_AA);
  }
  cv::GaussianBlur(fine, fine, {0, 0}, width / 80.0 + 0.5);
  cv::Mat image;
  fine.convertTo(image, CV_8UC3);
  return image;
}

class Exporter {
 public:
  explicit Exporter(std::filesystem::path folder)
      : folder_(std::move(folder)), list_(folder_ / "list.tsv") {}

  void image(const std::string& name, const cv::Mat& image) {
    name_ = name;
    size_ = image.size();
    write(name, image);
  }

  void result(const std::string& operation, const std::string& parameters, const cv::Mat& result) {
    const std::string file = name_ + "-" + std::to_string(count_++);
    write(file, result);
    list_ << name_ << '\t' << file << '\t' << operation << '\t' << size_.width << '\t'
          << size_.height << '\t' << result.cols << '\t' << result.rows << '\t' << parameters
          << '\n';
  }

  bool good() const { return list_.good(); }

 private:
  void write(const std::string& name, const cv::Mat& image) {
    std::ofstream file(folder_ / (name + ".rgb"), std::ios::binary);
    file.write(reinterpret_cast<const char*>(image.data),
               static_cast<std::streamsize>(image.total() * image.elemSize()));
    if (!file.flush()) list_.setstate(std::ios::failbit);
  }

  std::filesystem::path folder_;
  std::ofstream list_;
  std::string name_;
  cv::Size size_;
  int count_ = 0;
};

std::string words(const std::vector<double>& numbers) {
  std::string text;
  for (const double number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

void export_tones(Exporter& out, const cv::Mat& image) {
  out.result("auto-contrast", "", auto_contrast(image));
  out.result("equalize", "", equalize(image));
  out.result("invert", "", invert(image));
  for (const int bits : {0, 1, 4, 8})
    out.result("posterize", std::to_string(bits), posterize(image, bits));
  for (const double threshold : {0.0, 119.46667, 128.0, 256.0})
    out.result("solarize", words({threshold}), solarize(image, threshold));
  for (const double addition : {0.0, 51.33333, 110.0})
    out.result("solarize-add", words({addition}), solarize_add(image, addition));
  for (const double factor : {0.0, 0.1, 0.94, 1.0, 1.9})
    out.result("sharpness", words({factor}), adjust_sharpness(image, factor));
}

void export_geometry(Exporter& out, const cv::Mat& image) {
  for (const double degrees : {-30.0, -14.0, 0.0, 14.0, 30.0})
    out.result("rotate", words({degrees}), rotate(image, degrees));
  for (const double amount : {-0.3, -0.14, 0.14, 0.3}) {
    out.result("shear-x", words({amount}), shear_x(image, amount));
    out.result("shear-y", words({amount}), shear_y(image, amount));
  }
  for (const double part : {-0.20833333, 0.20833333, 0.446}) {
    const double x = part * image.cols, y = part * image.rows;
    out.result("translate", words({x, 0}), translate(image, x, 0));
    out.result("translate", words({0, y}), translate(image, 0, y));
  }
  for (const double side : {0.0, 2.6667, 18.667})
    for (const double at : {0.01, 0.6, 0.99}) {
      const double x = at * image.cols, y = 0.5 * image.rows;
      out.result("cutout", words({x, y, side}), cutout(image, x, y, side));
    }
}

void export_all(Exporter& out, const std::string& name, const cv::Mat& image) {
  out.image(name, image);
  export_tones(out, image);
  export_geometry(out, image);
  for (const double factor : {0.0, 0.2, 0.6, 1.0, 1.37, 1.8}) {
    const std::string text = std::to_string(factor);
    out.result("brightness", text, adjust_brightness(image, factor));
    out.result("contrast", text, adjust_contrast(image, factor));
    out.result("saturation", text, adjust_saturation(image, factor));
  }
  for (const double turn : {-0.5, -0.2, -0.1, -0.03, 0.0, 0.07, 0.1, 0.2, 0.5})
    out.result("hue", std::to_string(turn), adjust_hue(image, turn));
  out.result("gray", "", to_gray(image));
  out.result("flip", "", flip(image));
  for (const double sigma : {0.1, 0.5, 1.0, 2.0})
    out.result("blur", "5 " + std::to_string(sigma), gaussian_blur(image, 5, sigma));
  for (const double sigma : {0.1, 0.5, 1.0, 2.0})
    out.result("filter", words({sigma}), gaussian_filter(image, sigma));
  out.result("pad-crop", "4 0 7", pad_crop(image, 4, 0, 7));
  const cv::Rect crop(image.cols / 5, image.rows / 9, image.cols / 2, image.rows * 2 / 3);
  const std::string text = std::to_string(crop.x) + " " + std::to_string(crop.y) + " " +
                           std::to_string(crop.width) + " " + std::to_string(crop.height);
  for (const int size : {24, 32, 96, 224})
    out.result("crop-resize", text, crop_resize(image, crop, {size, size}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: export_operations FOLDER\n";
    return 2;
  }
  Exporter out(argv[1]);
  export_all(out, "small", smooth_image(32, 32, 1));
  export_all(out, "wide", smooth_image(160, 120, 2));
  export_all(out, "large", smooth_image(256, 256, 3));
  export_all(out, "pale", smooth_image(32, 32, 4) * 0.2 + cv::Scalar(40, 50, 60));
  return out.good() ? 0 : 1;
}
