// Writes what each operation makes of images, for operations_reference.py. The folder it is given
// holds images.tsv (name, width, height) and NAME.rgb, raw pixels; it adds the results in the same
// form, and list.tsv with one line for each: image, file, operation, width and height of the image,
// width and height of the result, parameters.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "augment/blur.hpp"
#include "augment/geometry.hpp"
#include "augment/operations.hpp"
#include "augment/tone.hpp"

namespace {

using namespace cs::augment;  // NOLINT: this program is a list of its names

cv::Mat read_image(const std::filesystem::path& path, cv::Size size) {
  cv::Mat image(size, CV_8UC3);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(image.data),
            static_cast<std::streamsize>(image.total() * image.elemSize()));
  if (!file) throw std::runtime_error(path.string() + " is short");
  return image;
}

class Exporter {
 public:
  explicit Exporter(std::filesystem::path folder)
      : folder_(std::move(folder)), list_(folder_ / "list.tsv") {}

  void image(const std::string& name, cv::Size size) {
    name_ = name;
    size_ = size;
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
  for (const int bits : {0, 1, 2, 3, 4, 8})
    out.result("posterize", std::to_string(bits), posterize(image, bits));
  for (const double threshold : {0.0, 60.0, 119.46667, 128.0, 200.0, 256.0})
    out.result("solarize", words({threshold}), solarize(image, threshold));
  for (const double addition : {0.0, 20.0, 51.33333, 80.0, 110.0})
    out.result("solarize-add", words({addition}), solarize_add(image, addition));
  for (const double factor : {0.0, 0.1, 0.5, 0.94, 1.0, 1.4, 1.9})
    out.result("sharpness", words({factor}), adjust_sharpness(image, factor));
}

void export_geometry(Exporter& out, const cv::Mat& image) {
  for (const double degrees : {-30.0, -14.0, -5.0, 0.0, 5.0, 14.0, 30.0})
    out.result("rotate", words({degrees}), rotate(image, degrees));
  for (const double amount : {-0.3, -0.14, -0.05, 0.05, 0.14, 0.3}) {
    out.result("shear-x", words({amount}), shear_x(image, amount));
    out.result("shear-y", words({amount}), shear_y(image, amount));
  }
  for (const double part : {-0.446, -0.20833333, -0.1, 0.1, 0.20833333, 0.446}) {
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

/// Color jitter as drawn: the adjustments in any order, one after the other.
void export_jitter(Exporter& out, const cv::Mat& image) {
  for (std::uint64_t draw = 0; draw < 24; ++draw) {
    cs::Random random(1, cs::Purpose::kView, draw);
    ColorChange change;
    draw_jitter({0.8, 0.8, 0.8, 0.2}, change, random);
    change.gray = draw % 8 == 0;
    cv::Mat result = image.clone();
    change_color(result, change);
    std::string order;
    for (const ColorStep step : change.order) order += std::to_string(static_cast<int>(step));
    out.result("jitter",
               order + " " +
                   words({change.brightness, change.contrast, change.saturation, change.hue,
                          change.gray ? 1.0 : 0.0}),
               result);
  }
}

void export_crops(Exporter& out, const cv::Mat& image) {
  const cv::Size whole = image.size();
  for (const cv::Rect& crop :
       {cv::Rect({0, 0}, whole),
        cv::Rect(whole.width / 5, whole.height / 9, whole.width / 2, whole.height * 2 / 3),
        cv::Rect(whole.width / 3, 0, whole.width / 3, whole.height),
        cv::Rect(whole.width - 9, whole.height - 7, 9, 7)}) {
    const std::string text = std::to_string(crop.x) + " " + std::to_string(crop.y) + " " +
                             std::to_string(crop.width) + " " + std::to_string(crop.height);
    for (const int size : {5, 12, 24, 31, 32, 96, 224})
      out.result("crop-resize", text, crop_resize(image, crop, {size, size}));
  }
  for (const int size : {10, 32, 100})
    out.result("square", std::to_string(size), central_square(image, size));
  out.result("pad-crop", "4 0 7", pad_crop(image, 4, 0, 7));
  out.result("pad-crop", "3 6 2", pad_crop(image, 3, 6, 2));
  out.result("flip", "", flip(image));
}

void export_blurs(Exporter& out, const cv::Mat& image) {
  for (const double sigma : {0.1, 0.3, 0.5, 0.8, 1.0, 1.4, 2.0}) {
    for (const int kernel : {3, 5, 9, 23})
      out.result("blur", std::to_string(kernel) + " " + std::to_string(sigma),
                 gaussian_blur(image, kernel, sigma));
    out.result("filter", words({sigma}), gaussian_filter(image, sigma));
  }
}

void export_all(Exporter& out, const cv::Mat& image) {
  export_tones(out, image);
  export_geometry(out, image);
  export_jitter(out, image);
  export_crops(out, image);
  export_blurs(out, image);
  for (const double factor : {0.0, 0.2, 0.6, 0.94, 1.0, 1.37, 1.8}) {
    const std::string text = std::to_string(factor);
    out.result("brightness", text, adjust_brightness(image, factor));
    out.result("contrast", text, adjust_contrast(image, factor));
    out.result("saturation", text, adjust_saturation(image, factor));
  }
  for (const double turn : {-0.5, -0.2, -0.1, -0.03, 0.0, 0.002, 0.07, 0.1, 0.15, 0.2, 0.5})
    out.result("hue", std::to_string(turn), adjust_hue(image, turn));
  out.result("gray", "", to_gray(image));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: export_operations FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  Exporter out(folder);
  std::ifstream images(folder / "images.tsv");
  std::string name;
  for (int width = 0, height = 0; images >> name >> width >> height;) {
    out.image(name, {width, height});
    export_all(out, read_image(folder / (name + ".rgb"), {width, height}));
  }
  return out.good() ? 0 : 1;
}
