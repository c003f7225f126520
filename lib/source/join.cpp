#include "source/join.hpp"

#include <algorithm>
#include <opencv2/core/mat.hpp>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "source/classes.hpp"
#include "source/spill.hpp"

namespace cs::source {
namespace {

class Joined : public Source {
 public:
  Joined(std::vector<std::unique_ptr<Source>> sources, std::filesystem::path spill_dir)
      : sources_(std::move(sources)), spill_dir_(std::move(spill_dir)) {
    std::vector<std::vector<std::string>> lists;
    for (const auto& source : sources_) {
      if (source->classes().empty() != sources_.front()->classes().empty())
        throw DataError("sources",
                        "some have classes and some have none; pass `unlabeled` or sample them "
                        "apart");
      encoded_ = encoded_ && source->is_encoded();
      lists.push_back(source->classes());
      begins_.push_back(size_);
      size_ += source->size();
    }
    classes_ = merge_classes(lists);
    for (const auto& list : lists) {
      labels_.emplace_back();
      for (const std::string& name : list)
        labels_.back().push_back(static_cast<std::int32_t>(
            std::find(classes_.begin(), classes_.end(), name) - classes_.begin()));
    }
  }

  std::size_t size() const override { return size_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  bool is_encoded() const override { return encoded_; }

  Item item(std::size_t index) const override {
    const auto [source, local] = locate(index);
    Item item = sources_[source]->item(local);
    if (item.label >= 0) item.label = labels_[source].at(static_cast<std::size_t>(item.label));
    return item;
  }

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    std::vector<Share> shares(sources_.size());
    for (std::size_t s = 0; s < shares.size(); ++s) shares[s].source = s;
    for (std::size_t position = 0; position < wanted.size(); ++position) {
      const auto [source, local] = locate(wanted[position]);
      shares[source].positions.push_back(position);
      shares[source].locals.push_back(local);
    }
    shares.erase(std::remove_if(shares.begin(), shares.end(),
                                [](const Share& share) { return share.positions.empty(); }),
                 shares.end());
    std::sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) {
      return a.positions.front() < b.positions.front();
    });
    if (std::all_of(shares.begin(), shares.end(), is_one_run))
      for (const Share& share : shares) read_share(share, take);
    else
      read_mixed(std::move(shares), wanted.size(), take);
  }

  cv::Mat decode(std::size_t index, std::string_view bytes) const override {
    const auto [source, local] = locate(index);
    return sources_[source]->decode(local, bytes);
  }

 private:
  /// What is wanted of one source.
  struct Share {
    std::size_t source = 0;
    std::vector<std::size_t> positions, locals;
  };

  static bool is_one_run(const Share& share) {
    return share.positions.back() - share.positions.front() + 1 == share.positions.size();
  }

  std::pair<std::size_t, std::size_t> locate(std::size_t index) const {
    const auto after = std::upper_bound(begins_.begin(), begins_.end(), index);
    const auto source = static_cast<std::size_t>(after - begins_.begin()) - 1;
    return {source, index - begins_[source]};
  }

  void read_share(const Share& share, const Take& take) const {
    sources_[share.source]->read(share.locals, [&](std::size_t i, std::string_view bytes) {
      take(share.positions[i], bytes);
    });
  }

  /// Puts away what is wanted of all sources but the one of which most is, and delivers that beside
  /// it.
  void read_mixed(std::vector<Share> shares, std::size_t wanted, const Take& take) const {
    std::iter_swap(std::max_element(shares.begin(), shares.end(),
                                    [](const Share& a, const Share& b) {
                                      return a.positions.size() < b.positions.size();
                                    }),
                   shares.end() - 1);
    Spill spill(spill_dir_);
    for (std::size_t s = 0; s + 1 < shares.size(); ++s)
      read_share(shares[s],
                 [&](std::size_t position, std::string_view bytes) { spill.put(position, bytes); });
    std::size_t next = 0;  // the position to deliver
    const auto deliver_until = [&](std::size_t position) {
      for (; next < position; ++next) take(next, spill.take(next));
    };
    read_share(shares.back(), [&](std::size_t position, std::string_view bytes) {
      deliver_until(position);
      take(next++, bytes);
    });
    deliver_until(wanted);
  }

  std::vector<std::unique_ptr<Source>> sources_;
  std::filesystem::path spill_dir_;
  std::vector<std::size_t> begins_;                ///< of each source, in all
  std::vector<std::vector<std::int32_t>> labels_;  ///< of each source's classes, in classes_
  std::vector<std::string> classes_;
  std::size_t size_ = 0;
  bool encoded_ = true;
};

}  // namespace

std::unique_ptr<Source> join(std::vector<std::unique_ptr<Source>> sources,
                             const std::filesystem::path& spill_dir) {
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<Joined>(std::move(sources), spill_dir);
}

}  // namespace cs::source
