/// Operations that move or cover pixels, with PIL's definitions. As in PIL's Image.transform() and
/// rotate() by default, a pixel is the nearest one of the source, or black outside of it. Images
/// are CV_8UC3; results are continuous and never share memory with the input. Pure functions,
/// thread-safe; operations_reference.py holds each one to PIL's result.
#pragma once

#include <opencv2/core/mat.hpp>

namespace cs::augment {

/// Where the pixel (x, y) of a result comes from, in PIL's order of coefficients:
/// (a x + b y + c, d x + e y + f), of the centers of pixels.
struct Affine {
  double a = 1, b = 0, c = 0;
  double d = 0, e = 1, f = 0;
};

cv::Mat transform(const cv::Mat& rgb, const Affine& source);
cv::Mat rotate(const cv::Mat& rgb, double degrees);         ///< about the center, counterclockwise
cv::Mat shear_x(const cv::Mat& rgb, double amount);         ///< row y moves left by amount * y
cv::Mat shear_y(const cv::Mat& rgb, double amount);         ///< column x moves up by amount * x
cv::Mat translate(const cv::Mat& rgb, double x, double y);  ///< moves left by x and up by y

/// A gray square (125, 123, 114) of floor(side) + 1 pixels around (x, y), cut at the edges; its
/// corner is moved inside the image first, as in ildoonet's CutoutAbs.
cv::Mat cutout(const cv::Mat& rgb, double x, double y, double side);

}  // namespace cs::augment
