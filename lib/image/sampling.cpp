#include "image/sampling.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/random.hpp"
#include "image/classes.hpp"
#include "image/record_table.hpp"
#include "image/records.hpp"
#include "store/answer_cache.hpp"

namespace cs::image {
namespace {

class Joined : public Source {
 public:
  explicit Joined(std::vector<std::unique_ptr<Source>> sources) : sources_(std::move(sources)) {
    std::vector<std::string> names;
    for (const auto& source : sources_) {
      if (source->classes().empty() != sources_.front()->classes().empty())
        throw DataError("sources",
                        "some have classes and some have none; pass --unlabeled or sample them "
                        "apart");
      if (source->is_encoded() != sources_.front()->is_encoded()) encoded_ = false;
      names.insert(names.end(), source->classes().begin(), source->classes().end());
      begins_.push_back(size_);
      size_ += source->size();
    }
    const ClassIndex index(std::move(names));
    classes_ = index.names();
    for (const auto& source : sources_) {
      labels_.emplace_back();
      for (const std::string& name : source->classes()) labels_.back().push_back(index.label(name));
    }
  }

  std::size_t size() const override { return size_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  bool is_encoded() const override { return encoded_ && sources_.front()->is_encoded(); }

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
  bool encoded_ = true;  ///< all of them or none
};

std::uint64_t draw_key(std::uint64_t seed, Purpose purpose, std::size_t index) {
  Random random(seed, purpose, index);
  const std::uint64_t high = random.bits();
  return high << 32U | random.bits();
}

/// `indices` in a random order that depends on each of them alone: a subset keeps its order.
std::vector<std::size_t> shuffled(const std::vector<std::size_t>& indices, std::uint64_t seed,
                                  Purpose purpose) {
  std::vector<std::pair<std::uint64_t, std::size_t>> keys;
  keys.reserve(indices.size());
  for (const std::size_t index : indices) keys.emplace_back(draw_key(seed, purpose, index), index);
  std::sort(keys.begin(), keys.end());
  std::vector<std::size_t> order;
  order.reserve(keys.size());
  for (const auto& [key, index] : keys) order.push_back(index);
  return order;
}

[[noreturn]] void too_few(std::uint64_t there, const std::string& what, std::uint64_t wanted) {
  throw DataError("sources", "hold " + std::to_string(there) + " " + what + ", not the " +
                                 std::to_string(wanted) + " asked for");
}

/// Where `proportions[0] + ... + proportions[parts - 1]` of `count` ends.
std::size_t split_end(std::size_t count, const Split& split, std::size_t parts) {
  long double sum = 0, all = 0;
  for (std::size_t i = 0; i < split.proportions.size(); ++i) {
    all += static_cast<long double>(split.proportions[i]);
    if (i < parts) sum += static_cast<long double>(split.proportions[i]);
  }
  return static_cast<std::size_t>(static_cast<long double>(count) * sum / all + 0.5L);
}

/// What conditions and split leave, in the order of the source.
std::vector<std::size_t> candidates(const Source& source, const Selection& selection,
                                    std::uint64_t seed) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const auto holds = [&, item = selection.where.empty() ? Item() : source.item(i)](
                           const Condition& condition) { return condition.holds(source, item); };
    if (std::all_of(selection.where.begin(), selection.where.end(), holds)) chosen.push_back(i);
  }
  if (chosen.empty()) throw DataError("--where", "no record of the sources meets it; change it");
  if (!selection.split) return chosen;
  const std::vector<std::size_t> order = shuffled(chosen, seed, Purpose::kSplit);
  const auto at = [&](std::size_t parts) {
    return order.begin() +
           static_cast<std::ptrdiff_t>(split_end(order.size(), *selection.split, parts));
  };
  std::vector<std::size_t> part(at(selection.split->part), at(selection.split->part + 1));
  if (part.empty()) throw DataError("--split", "this part holds no record; change the proportions");
  std::sort(part.begin(), part.end());
  return part;
}

/// Takes from queues of candidates until each has given what is wanted of it.
class Drawing {
 public:
  Drawing(const Source& source, PixelFilter& filter, const Decoding& decoding)
      : source_(source), filter_(filter), decoding_(decoding) {}

  /// The first `wanted` of each queue that the filter keeps; fewer where a queue ends. All firsts
  /// are looked at before all seconds, those of full queues too: whether an image repeats another
  /// must not depend on how many are wanted.
  std::vector<std::vector<std::size_t>> first_of(
      const std::vector<std::vector<std::size_t>>& queues, std::uint64_t wanted) {
    std::vector<std::vector<std::size_t>> taken(queues.size());
    for (std::size_t rank = 0;;) {
      std::size_t end = rank;
      for (std::size_t q = 0; q < queues.size(); ++q)
        end = std::max(end, std::min(queues[q].size(), rank + (wanted - taken[q].size())));
      if (end == rank) return taken;
      std::vector<std::size_t> batch, owner;
      for (; rank < end; ++rank)
        for (std::size_t q = 0; q < queues.size(); ++q) {
          if (rank >= queues[q].size()) continue;
          batch.push_back(queues[q][rank]);
          owner.push_back(q);
        }
      const std::vector<bool> keep = filter_.active() ? filter_.keep(source_, batch, decoding_)
                                                      : std::vector<bool>(batch.size(), true);
      for (std::size_t i = 0; i < batch.size(); ++i)
        if (keep[i] && taken[owner[i]].size() < wanted) taken[owner[i]].push_back(batch[i]);
    }
  }

 private:
  const Source& source_;
  PixelFilter& filter_;
  const Decoding& decoding_;
};

/// The candidates of every class.
std::vector<std::vector<std::size_t>> by_class(const Source& source,
                                               const std::vector<std::size_t>& order) {
  std::vector<std::vector<std::size_t>> members(source.classes().size());
  for (const std::size_t index : order) {
    const std::int32_t label = source.item(index).label;
    if (label >= 0) members.at(static_cast<std::size_t>(label)).push_back(index);
  }
  return members;
}

/// All firsts before all seconds.
std::vector<std::size_t> in_turn(const Source& source,
                                 const std::vector<std::vector<std::size_t>>& members,
                                 std::uint64_t n) {
  if (members.empty()) too_few(0, "classes", n);
  std::vector<std::size_t> chosen;
  for (std::uint64_t rank = 0; rank < n; ++rank)
    for (std::size_t c = 0; c < members.size(); ++c) {
      if (rank >= members[c].size())
        too_few(members[c].size(), "records of class " + printable(source.classes()[c]), n);
      chosen.push_back(members[c][rank]);
    }
  return chosen;
}

/// `text` cut at the commas that no backslash precedes; the backslashes stay, for fnmatch().
std::vector<std::string> split_patterns(const std::string& text) {
  std::vector<std::string> patterns(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      patterns.emplace_back();
      continue;
    }
    if (text[i] == '\\' && i + 1 < text.size()) patterns.back() += text[i++];
    patterns.back() += text[i];
  }
  return patterns;
}

}  // namespace

std::unique_ptr<Source> join(std::vector<std::unique_ptr<Source>> sources) {
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<Joined>(std::move(sources));
}

Condition::Condition(const std::string& text) : text_(text) {
  const std::size_t equals = text.find('=');
  negated_ = equals != std::string::npos && equals > 0 && text[equals - 1] == '!';
  const std::string key = text.substr(0, negated_ ? equals - 1 : equals);
  const bool known = key == "class" || key == "name" || key == "listed";
  if (equals == std::string::npos || !known || equals + 1 == text.size())
    throw UsageError("--where", "'" + printable(text) +
                                    "' is no condition; give class=PATTERN, name=PATTERN or "
                                    "listed=FILE, or one of them with !=");
  on_ = key == "class" ? On::kClass : key == "name" ? On::kName : On::kList;
  const std::string value = text.substr(equals + 1);
  if (on_ != On::kList) {
    patterns_ = split_patterns(value);
    return;
  }
  const RecordTable table = read_record_table(value);
  const std::size_t column = table.column("name");
  for (const auto& row : table.rows) listed_.insert(row[column]);
  text_ = key + (negated_ ? "!=" : "=") + table.digest.hex();
}

bool Condition::holds(const Source& source, const Item& item) const {
  std::string text = item.name;
  if (on_ == On::kClass)
    text = item.label < 0 ? "" : source.classes().at(static_cast<std::size_t>(item.label));
  text = printable(text);
  const bool matches =
      on_ == On::kList
          ? listed_.count(text) > 0
          : std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
              return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
            });
  return matches != negated_;
}

Split parse_split(const std::string& text, std::size_t part) {
  std::vector<std::uint64_t> proportions;
  for (const std::string& number : split(text, ':'))
    proportions.push_back(parse_unsigned("--split", number, 0, 1'000'000'000));
  const bool all_zero = std::all_of(proportions.begin(), proportions.end(),
                                    [](std::uint64_t number) { return number == 0; });
  if (proportions.size() < 2 || all_zero)
    throw UsageError("--split", "'" + printable(text) + "' is no division; give A:B, such as 8:2");
  if (part >= proportions.size())
    throw UsageError("--part", "counts the parts of --split from 0; give a smaller number");
  return {std::move(proportions), part};
}

Digest PixelFilter::exclude(store::Dataset dataset, int threads) {
  const std::string name = dataset.name();
  const Digest fingerprint = dataset.header().fingerprint;
  const store::ColumnSpec spec = dataset.require(store::Column::kImage);
  const bool fixed = spec.encoding == store::Encoding::kRaw;
  const int height = fixed ? static_cast<int>(spec.shape.at(0)) : 0;
  const int width = fixed ? static_cast<int>(spec.shape.at(1)) : 0;
  const bool first = excluded_.empty();
  if (first || height != height_ || width != width_) {
    height_ = first ? height : 0;
    width_ = first ? width : 0;
  }
  excluded_name_ = name;
  const auto source = open_dataset(std::move(dataset));
  std::vector<std::size_t> all(source->size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::string scratch;
  decode_each(*source, all, {0, threads}, [&](const Decoded& decoded) {
    if (!decoded.problem.empty()) throw DataError(name, decoded.problem);
    excluded_.insert(store::image_digest(static_cast<std::uint32_t>(decoded.image.rows),
                                         static_cast<std::uint32_t>(decoded.image.cols),
                                         decoded.image.data, scratch));
  });
  return fingerprint;
}

void PixelFilter::check_size(const cv::Mat& image) const {
  if (excluded_.empty() || height_ == 0 || (image.rows == height_ && image.cols == width_)) return;
  throw DataError(excluded_name_, "holds images of " + std::to_string(width_) + " x " +
                                      std::to_string(height_) + " pixels, these have " +
                                      std::to_string(image.cols) + " x " +
                                      std::to_string(image.rows) +
                                      ": none can be excluded by it; sample both at one size");
}

std::vector<bool> PixelFilter::keep(const Source& source,
                                    const std::vector<std::size_t>& candidates,
                                    const Decoding& decoding) {
  std::vector<bool> stays;
  std::string scratch;
  decode_each(source, candidates, decoding, [&](const Decoded& decoded) {
    stays.push_back(true);
    if (!decoded.problem.empty()) return;
    check_size(decoded.image);
    const Digest digest = store::image_digest(static_cast<std::uint32_t>(decoded.image.rows),
                                              static_cast<std::uint32_t>(decoded.image.cols),
                                              decoded.image.data, scratch);
    const bool excluded = excluded_.count(digest) > 0;
    const bool repeats = !excluded && unique_ && !seen_.insert(digest).second;
    as_excluded_ += excluded ? 1 : 0;
    as_repeats_ += repeats ? 1 : 0;
    stays.back() = !excluded && !repeats;
  });
  return stays;
}

std::vector<std::size_t> draw(const Source& source, const Selection& selection, std::uint64_t seed,
                              PixelFilter& filter, const Decoding& decoding) {
  std::vector<std::size_t> order = candidates(source, selection, seed);
  Drawing drawing(source, filter, decoding);
  if (!selection.count && !selection.per_class) {
    order = drawing.first_of({order}, order.size()).front();
    if (order.empty()) throw DataError("sources", "hold no record that is not left out");
    return order;
  }
  order = shuffled(order, seed, Purpose::kSample);
  if (selection.per_class) {
    const auto members = drawing.first_of(by_class(source, order), *selection.per_class);
    order = in_turn(source, members, *selection.per_class);
  } else {
    order = drawing.first_of({order}, *selection.count).front();
  }
  if (selection.count) {
    if (order.size() < *selection.count) too_few(order.size(), "records", *selection.count);
    order.resize(*selection.count);
  }
  return order;
}

}  // namespace cs::image
