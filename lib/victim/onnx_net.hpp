/// OpenCV's dnn, which runs ONNX models.
#pragma once

#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <string>
#include <vector>

namespace cs::victim {

/// A model that OpenCV runs, on one core for each thread that calls. A network of OpenCV keeps
/// results in itself, so there are as many as threads that call at a time. Safe from several
/// threads.
class OnnxNet {
 public:
  /// `bytes` are a model that formats::parse_onnx() takes, `output` one of its outputs, `shape`
  /// that of its input. The model is run once, on zeros, and before that in a child process:
  /// damaged files and some whole ones crash OpenCV (4.10: vision transformers of torchvision).
  /// Throws DataError naming `subject` and the operator that does not run, with `advice`.
  OnnxNet(std::string subject, std::string advice, std::string bytes, std::string output,
          std::vector<int> shape);

  /// The output, of f32, for an input of f32 and the shape.
  cv::Mat run(const void* input) const;

 private:
  cv::dnn::Net read() const;
  cv::Mat run(cv::dnn::Net& net, const void* input) const;
  [[noreturn]] void fail(const std::string& what) const;

  const std::string subject_;
  const std::string advice_;
  const std::string bytes_;
  const std::string output_;
  const std::vector<int> shape_;
  mutable std::mutex mutex_;
  mutable std::vector<cv::dnn::Net> idle_;
};

}  // namespace cs::victim
