#include "source/with_labels.hpp"

#include <opencv2/core/mat.hpp>
#include <string_view>
#include <utility>

namespace cs::source {
namespace {

class Relabeled : public Source {
 public:
  Relabeled(std::unique_ptr<Source> source, std::vector<std::int32_t> labels,
            std::vector<std::string> classes)
      : source_(std::move(source)), labels_(std::move(labels)), classes_(std::move(classes)) {}

  std::size_t size() const override { return source_->size(); }
  const std::vector<std::string>& classes() const override { return classes_; }
  bool is_encoded() const override { return source_->is_encoded(); }
  Item item(std::size_t index) const override {
    return {source_->item(index).name, labels_.at(index)};
  }
  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    source_->read(wanted, take);
  }
  cv::Mat decode(std::size_t index, std::string_view bytes) const override {
    return source_->decode(index, bytes);
  }

 private:
  std::unique_ptr<Source> source_;
  std::vector<std::int32_t> labels_;
  std::vector<std::string> classes_;
};

}  // namespace

std::unique_ptr<Source> with_labels(std::unique_ptr<Source> source,
                                    std::vector<std::int32_t> labels,
                                    std::vector<std::string> classes) {
  return std::make_unique<Relabeled>(std::move(source), std::move(labels), std::move(classes));
}

}  // namespace cs::source
