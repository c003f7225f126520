#include "image/sampling.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/random.hpp"

namespace cs::image {
namespace {

class Joined : public Source {
 public:
  explicit Joined(std::vector<std::unique_ptr<Source>> sources) : sources_(std::move(sources)) {
    std::map<std::string, std::int32_t> labels;
    for (const auto& source : sources_) {
      if (source->classes().empty() != sources_.front()->classes().empty())
        throw DataError("sources", "some have classes and some have none; sample them apart");
      for (const std::string& name : source->classes()) labels[name] = 0;
      begins_.push_back(size_);
      size_ += source->size();
    }
    for (auto& [name, label] : labels) {
      label = static_cast<std::int32_t>(classes_.size());
      classes_.push_back(name);
    }
    for (const auto& source : sources_) {
      labels_.emplace_back();
      for (const std::string& name : source->classes()) labels_.back().push_back(labels.at(name));
    }
  }

  std::size_t size() const override { return size_; }
  const std::vector<std::string>& classes() const override { return classes_; }

  Item item(std::size_t index) const override {
    const auto [source, local] = locate(index);
    Item item = sources_[source]->item(local);
    if (item.label >= 0) item.label = labels_[source].at(static_cast<std::size_t>(item.label));
    return item;
  }

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    std::size_t begin = 0;  // of a run of items from one source
    while (begin < wanted.size()) {
      const std::size_t source = locate(wanted[begin]).first;
      std::vector<std::size_t> run;
      while (begin + run.size() < wanted.size() &&
             locate(wanted[begin + run.size()]).first == source)
        run.push_back(locate(wanted[begin + run.size()]).second);
      sources_[source]->read(run, [&](std::size_t position, std::string_view bytes) {
        take(begin + position, bytes);
      });
      begin += run.size();
    }
  }

  cv::Mat decode(std::size_t index, std::string_view bytes) const override {
    const auto [source, local] = locate(index);
    return sources_[source]->decode(local, bytes);
  }

 private:
  std::pair<std::size_t, std::size_t> locate(std::size_t index) const {
    const auto after = std::upper_bound(begins_.begin(), begins_.end(), index);
    const auto source = static_cast<std::size_t>(after - begins_.begin()) - 1;
    return {source, index - begins_[source]};
  }

  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::size_t> begins_;
  std::vector<std::vector<std::int32_t>> labels_;  ///< of each source's classes, in classes_
  std::vector<std::string> classes_;
  std::size_t size_ = 0;
};

class Records : public Source {
 public:
  explicit Records(store::Dataset dataset) : dataset_(std::move(dataset)) {
    const store::ColumnSpec& spec = dataset_.require(store::Column::kImage);
    if (spec.encoding != store::Encoding::kRaw)
      throw DataError(dataset_.name(), "holds encoded images; sample their source");
    height_ = static_cast<int>(spec.shape.at(0));
    width_ = static_cast<int>(spec.shape.at(1));
    labels_.assign(dataset_.count(), -1);
    if (dataset_.header().find(store::Column::kLabel) != nullptr)
      dataset_.read(store::Column::kLabel, first(), dataset_.count(), labels_.data());
  }

  std::size_t size() const override { return dataset_.count(); }
  const std::vector<std::string>& classes() const override { return dataset_.header().classes; }

  Item item(std::size_t index) const override {
    Item item{std::to_string(first() + index), labels_.at(index)};
    if (dataset_.header().find(store::Column::kName) != nullptr)
      item.name = dataset_.read_bytes(store::Column::kName, first() + index, 1).front();
    return item;
  }

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    std::string pixels(dataset_.require(store::Column::kImage).record_bytes(), '\0');
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      dataset_.read(store::Column::kImage, first() + wanted[i], 1, pixels.data());
      take(i, pixels);
    }
  }

  cv::Mat decode(std::size_t /*index*/, std::string_view bytes) const override {
    cv::Mat image(height_, width_, CV_8UC3);
    std::copy(bytes.begin(), bytes.end(), image.data);
    return image;
  }

 private:
  std::uint64_t first() const { return dataset_.header().first; }
  store::Dataset dataset_;
  int height_ = 0, width_ = 0;
  std::vector<std::int32_t> labels_;
};

std::uint64_t draw_key(std::uint64_t seed, std::size_t index) {
  Random random(seed, Purpose::kSample, index);
  const std::uint64_t high = random.bits();
  return high << 32U | random.bits();
}

void require(bool enough, std::uint64_t wanted, std::uint64_t there, const std::string& what) {
  if (!enough)
    throw DataError("sources", "hold " + std::to_string(there) + " " + what + ", not the " +
                                   std::to_string(wanted) + " asked for");
}

/// The first `n` of every class, in turn: all firsts before all seconds.
std::vector<std::size_t> of_each_class(const Source& source, const std::vector<std::size_t>& order,
                                       std::uint64_t n) {
  std::vector<std::vector<std::size_t>> members(source.classes().size());
  for (const std::size_t index : order) {
    const std::int32_t label = source.item(index).label;
    if (label >= 0) members.at(static_cast<std::size_t>(label)).push_back(index);
  }
  require(!members.empty(), n, 0, "classes");
  std::vector<std::size_t> chosen;
  for (std::uint64_t rank = 0; rank < n; ++rank)
    for (std::size_t c = 0; c < members.size(); ++c) {
      require(rank < members[c].size(), n, members[c].size(),
              "records of class " + printable(source.classes()[c]));
      chosen.push_back(members[c][rank]);
    }
  return chosen;
}

}  // namespace

std::unique_ptr<Source> join(std::vector<std::unique_ptr<Source>> sources) {
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<Joined>(std::move(sources));
}

std::unique_ptr<Source> open_dataset(store::Dataset dataset) {
  return std::make_unique<Records>(std::move(dataset));
}

std::vector<std::size_t> draw(const Source& source, const Selection& selection,
                              std::uint64_t seed) {
  std::vector<std::size_t> order(source.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (!selection.count && !selection.per_class) return order;
  std::vector<std::uint64_t> keys(source.size());
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = draw_key(seed, i);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(keys[a], a) < std::tie(keys[b], b);
  });
  if (selection.per_class) order = of_each_class(source, order, *selection.per_class);
  if (selection.count) {
    require(*selection.count <= order.size(), *selection.count, order.size(), "records");
    order.resize(*selection.count);
  }
  return order;
}

cv::Mat square(const cv::Mat& rgb, int size) {
  const int side = std::min(rgb.rows, rgb.cols);
  const cv::Mat center = rgb(cv::Rect((rgb.cols - side) / 2, (rgb.rows - side) / 2, side, side));
  if (side == size) return center.clone();
  cv::Mat scaled;
  cv::resize(center, scaled, cv::Size(size, size), 0, 0,
             size < side ? cv::INTER_AREA : cv::INTER_LINEAR);
  return scaled;
}

}  // namespace cs::image
