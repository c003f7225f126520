#include "victim/onnx_net.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <numeric>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/core/version.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "core/error.hpp"
#include "core/trial.hpp"

namespace cs::victim {
namespace {

constexpr const char* kOpenCv = "OpenCV " CV_VERSION;

/// What lies between the last `begin` and the first `end` behind it.
std::optional<std::string> last_between(const std::string& text, const std::string& begin,
                                        const std::string& end) {
  const std::size_t at = text.rfind(begin);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t from = at + begin.size();
  const std::size_t to = text.find(end, from);
  if (to == std::string::npos) return std::nullopt;
  return text.substr(from, to - from);
}

/// "operator Mul (node features/Mul)" of "Node [Mul@ai.onnx]:(onnx_node!features/Mul) parse error",
/// which is how the importer begins; empty if it is not about a node.
std::string operator_of(const std::string& text) {
  const auto op = last_between(text, "Node [", "]:(");
  const auto node = last_between(text, "]:(", ") parse error");
  if (!op || !node) return "";
  return "operator " + printable(op->substr(0, op->find('@'))) + " (node " +
         printable(node->substr(node->find('!') + 1)) + ")";
}

/// The innermost of the errors that an exception of OpenCV nests, in one line: what stands before
/// the name of the function, or behind it, after a colon of its own.
std::string reason_of(const std::string& text) {
  const std::size_t error = text.rfind("error: (");
  std::string reason = error == std::string::npos ? text : text.substr(text.find(')', error) + 1);
  const std::size_t function = reason.find("in function '");
  if (function != std::string::npos)
    reason = function > 1 ? reason.substr(0, function)
                          : reason.substr(std::min(reason.find('\n'), reason.size()));
  std::istringstream words(reason);
  std::string line;
  for (std::string word; words >> word;)
    if (word != ">") line += (line.empty() ? "" : " ") + word;
  return printable(line);
}

}  // namespace

OnnxNet::OnnxNet(std::string subject, std::string advice, std::string bytes, std::string output,
                 std::vector<int> shape)
    : subject_(std::move(subject)),
      advice_(std::move(advice)),
      bytes_(std::move(bytes)),
      output_(std::move(output)),
      shape_(std::move(shape)) {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  cv::setNumThreads(1);  // more would change sums
  const auto numbers = std::accumulate(
      shape_.begin(), shape_.end(), std::size_t{1},
      [](std::size_t n, int extent) { return n * static_cast<std::size_t>(extent); });
  const std::vector<float> zeros(numbers);
  const int signal = killed_by([&] {
    cv::dnn::Net net = read();
    run(net, zeros.data());
  });
  if (signal != 0) fail(std::string(kOpenCv) + " crashes on it (" + ::strsignal(signal) + ")");
  run(zeros.data());
}

void OnnxNet::fail(const std::string& what) const {
  throw DataError(subject_, what + "; " + advice_);
}

cv::dnn::Net OnnxNet::read() const {
  try {
    cv::dnn::Net net = cv::dnn::readNetFromONNX(bytes_.data(), bytes_.size());
    net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    return net;
  } catch (const std::exception& e) {
    const std::string about = operator_of(e.what());
    fail(std::string(kOpenCv) + " does not run " + (about.empty() ? "it" : "its " + about) + ": " +
         reason_of(e.what()));
  }
}

cv::Mat OnnxNet::run(cv::dnn::Net& net, const void* input) const {
  cv::Mat answer;
  try {
    net.setInput(cv::Mat(shape_, CV_32F, const_cast<void*>(input)));
    answer = net.forward(output_).clone();
  } catch (const std::exception& e) {
    fail(std::string(kOpenCv) + " fails on it: " + reason_of(e.what()));
  }
  if (answer.type() != CV_32F || answer.empty())
    fail("output '" + printable(output_) + "' is not of f32");
  return answer;
}

cv::Mat OnnxNet::run(const void* input) const {
  std::optional<cv::dnn::Net> net;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      net = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!net) net = read();
  cv::Mat answer = run(*net, input);
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(*net));
  return answer;
}

}  // namespace cs::victim
