/// A victim for tests that notes what it is asked, and images to ask it about.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "answers/victim.hpp"
#include "store/dataset.hpp"
#include "store/writer.hpp"
#include "support/shards.hpp"

namespace cs::test {

/// Answers with the first two pixel values of an image, and notes what it was asked.
class FakeVictim : public answers::Victim {
 public:
  explicit FakeVictim(std::size_t most = 4, int side_by_side = 1)
      : most_(most), side_by_side_(side_by_side) {
    info_.victim.id = std::string(32, 'a');
    info_.victim.kind = "fake";
  }

  std::vector<answers::Outcome> ask(const std::vector<answers::Query>& queries) const override {
    std::vector<answers::Outcome> outcomes;
    const std::lock_guard lock(mutex_);
    largest_call_ = std::max(largest_call_, queries.size());
    for (const answers::Query& query : queries) {
      asked_.push_back(query.id);
      if (query.id == broken_)
        outcomes.push_back(answers::Outcome::failed("no answer came"));
      else
        outcomes.push_back(answers::Outcome::answered(answer(query)));
    }
    if (short_ && !outcomes.empty()) outcomes.pop_back();
    return outcomes;
  }
  std::size_t most() const override { return most_; }
  int side_by_side() const override { return side_by_side_; }
  int input_size() const override { return 8; }
  const std::string& name() const override { return name_; }
  const answers::AnswerInfo& info() const override { return info_; }
  bool may_change() const override { return may_change_; }

  std::vector<std::uint64_t> asked() const {
    std::vector<std::uint64_t> ids = asked_;
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  void forget() { asked_.clear(); }

  std::uint64_t broken_ = UINT64_MAX;  ///< the record about which it does not answer
  bool short_ = false;                 ///< it forgets an outcome
  bool may_change_ = false;
  bool changed_ = false;   ///< it answers with the two numbers exchanged
  float noise_ = 0;        ///< added to the first number of every second answer
  std::size_t width_ = 2;  ///< zeros follow, or numbers are left out
  answers::AnswerInfo info_;
  mutable std::size_t largest_call_ = 0;

 private:
  std::vector<float> answer(const answers::Query& query) const {
    std::vector<float> numbers = {static_cast<float>(query.pixels[changed_ ? 1 : 0]),
                                  static_cast<float>(query.pixels[changed_ ? 0 : 1])};
    if (asked_.size() % 2 == 0) numbers[0] += noise_;
    numbers.resize(width_);
    return numbers;
  }

  std::size_t most_;
  int side_by_side_;
  std::string name_ = "fake";
  mutable std::mutex mutex_;
  mutable std::vector<std::uint64_t> asked_;
};

/// Raw images of 4 x 4, record i being image number `numbers[i]`, with ids from `first` on.
inline store::Dataset images_of(const std::filesystem::path& path,
                                const std::vector<std::uint64_t>& numbers,
                                std::uint64_t first = 0) {
  store::Header header;
  header.first = first;
  header.columns = {store::image_spec(4, 4)};
  store::Writer writer(path, Overwrite::kAllow, header);
  for (const std::uint64_t number : numbers)
    writer.append(store::Column::kImage, pixels_of(number, 48).data(), 1);
  writer.close();
  return store::Dataset({path});
}

inline std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> numbers;
  for (; from < to; ++from) numbers.push_back(from);
  return numbers;
}

}  // namespace cs::test
