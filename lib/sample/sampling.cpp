#include "sample/sampling.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/random.hpp"
#include "sample/record_table.hpp"

namespace cs::sample {
namespace {

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
                                 std::to_string(wanted) + " asked for; ask for fewer");
}

/// Where `proportions[0] + ... + proportions[parts - 1]` of `count` ends.
std::size_t split_end(std::size_t count, const Split& split, std::size_t parts) {
  long double sum = 0;
  long double all = 0;
  for (std::size_t i = 0; i < split.proportions.size(); ++i) {
    all += static_cast<long double>(split.proportions[i]);
    if (i < parts) sum += static_cast<long double>(split.proportions[i]);
  }
  return static_cast<std::size_t>(static_cast<long double>(count) * sum / all + 0.5L);
}

/// In the order of the source.
std::vector<std::size_t> part_of(const std::vector<std::size_t>& indices, const Split& split,
                                 std::uint64_t seed) {
  const std::vector<std::size_t> order = shuffled(indices, seed, Purpose::kSplit);
  const auto at = [&](std::size_t parts) {
    return order.begin() + static_cast<std::ptrdiff_t>(split_end(order.size(), split, parts));
  };
  std::vector<std::size_t> part(at(split.part), at(split.part + 1));
  if (part.empty()) throw DataError("`split`", "this part holds no record; change the proportions");
  std::sort(part.begin(), part.end());
  return part;
}

/// What split and conditions leave, in the order of the source.
std::vector<std::size_t> candidates(const source::Source& source, const Selection& selection,
                                    std::uint64_t seed) {
  std::vector<std::size_t> chosen(source.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  if (selection.split) chosen = part_of(chosen, *selection.split, seed);
  if (selection.where.empty()) return chosen;
  for (const Condition& condition : selection.where) condition.check_classes(source);
  const auto fails = [&](std::size_t index) {
    const source::Item item = source.item(index);
    return !std::all_of(selection.where.begin(), selection.where.end(),
                        [&](const Condition& c) { return c.holds(source, item); });
  };
  chosen.erase(std::remove_if(chosen.begin(), chosen.end(), fails), chosen.end());
  if (chosen.empty()) throw DataError("`where`", "no record meets it; change it");
  return chosen;
}

/// The first `wanted` of each queue that the filter keeps; fewer where a queue ends. All firsts are
/// looked at before all seconds, those of full queues too: whether an image repeats another must
/// not depend on how many are wanted.
std::vector<std::vector<std::size_t>> first_of(const std::vector<std::vector<std::size_t>>& queues,
                                               std::uint64_t wanted, const source::Source& source,
                                               PixelFilter& filter, Drawn& drawn) {
  std::vector<std::vector<std::size_t>> taken(queues.size());
  for (std::size_t rank = 0;;) {
    std::size_t step = 0;
    for (std::size_t q = 0; q < queues.size(); ++q)
      if (rank < queues[q].size())
        step = std::max(step, std::min(queues[q].size() - rank, wanted - taken[q].size()));
    if (step == 0) return taken;
    step = std::max(step, rank / 4);  // few rounds: each may be a pass through an archive
    std::vector<std::size_t> batch;
    std::vector<std::size_t> owner;  // the queue of each of the batch
    for (const std::size_t end = rank + step; rank < end; ++rank)
      for (std::size_t q = 0; q < queues.size(); ++q) {
        if (rank >= queues[q].size()) continue;
        batch.push_back(queues[q][rank]);
        owner.push_back(q);
      }
    const std::vector<Fate> fates = filter.active() ? filter.judge(source, batch)
                                                    : std::vector<Fate>(batch.size(), Fate::kStays);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (taken[owner[i]].size() == wanted) continue;
      if (fates[i] == Fate::kStays) taken[owner[i]].push_back(batch[i]);
      drawn.excluded += fates[i] == Fate::kExcluded ? 1 : 0;
      drawn.repeats += fates[i] == Fate::kRepeats ? 1 : 0;
    }
  }
}

/// The candidates of every class.
std::vector<std::vector<std::size_t>> by_class(const source::Source& source,
                                               const std::vector<std::size_t>& order) {
  if (source.classes().empty())
    throw DataError("sources", "have no classes to draw from; leave out `per-class`");
  std::vector<std::vector<std::size_t>> members(source.classes().size());
  for (const std::size_t index : order) {
    const std::int32_t label = source.item(index).label;
    if (label >= 0) members.at(static_cast<std::size_t>(label)).push_back(index);
  }
  return members;
}

/// All firsts before all seconds, of the classes that the conditions allow.
std::vector<std::size_t> in_turn(const source::Source& source,
                                 const std::vector<std::vector<std::size_t>>& members,
                                 const Selection& selection) {
  const std::uint64_t n = *selection.per_class;
  std::vector<std::size_t> allowed;
  for (std::size_t c = 0; c < members.size(); ++c) {
    const std::string& name = source.classes()[c];
    if (!std::all_of(selection.where.begin(), selection.where.end(),
                     [&](const Condition& condition) { return condition.allows_class(name); }))
      continue;
    if (members[c].size() < n) too_few(members[c].size(), "records of class " + printable(name), n);
    allowed.push_back(c);
  }
  std::vector<std::size_t> chosen;
  for (std::size_t rank = 0; rank < n; ++rank)
    for (const std::size_t c : allowed) chosen.push_back(members[c][rank]);
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

Condition::Condition(const std::string& text) : text_(text) {
  const std::size_t equals = text.find('=');
  negated_ = equals != std::string::npos && equals > 0 && text[equals - 1] == '!';
  const std::string key = text.substr(0, negated_ ? equals - 1 : equals);
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  const bool known = key == "class" || key == "name" || key == "listed";
  if (key != "listed") patterns_ = split_patterns(value);
  if (!known || value.empty() || std::count(patterns_.begin(), patterns_.end(), "") > 0)
    throw UsageError("`where`", "'" + printable(text) +
                                    "' is no condition; give class=PATTERN,..., name=PATTERN,... "
                                    "or listed=FILE, or one of them with !=");
  on_ = key == "class" ? On::kClass : key == "name" ? On::kName : On::kList;
  if (on_ == On::kList) file_ = value;
}

void Condition::load() {
  if (on_ != On::kList) return;
  const RecordTable table(file_);
  table.each([this, column = table.column("name")](const RecordTable::Row& row) {
    listed_.insert(digest(row[column]));
  });
  text_ = std::string("listed") + (negated_ ? "!=" : "=") + table.digest().hex();
}

bool Condition::matches(const std::string& shown) const {
  if (on_ == On::kList) return listed_.count(digest(shown)) > 0;
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), shown.c_str(), 0) == 0;
  });
}

void Condition::check_classes(const source::Source& source) const {
  if (on_ != On::kClass) return;
  if (source.classes().empty())
    throw DataError("`where`", "the sources have no classes; leave out '" + printable(text_) + "'");
  for (const std::string& pattern : patterns_)
    if (std::none_of(source.classes().begin(), source.classes().end(), [&](const auto& name) {
          return ::fnmatch(pattern.c_str(), printable(name).c_str(), 0) == 0;
        }))
      throw DataError("`where`",
                      "no class of the sources matches '" + printable(pattern) + "'; correct it");
}

bool Condition::holds(const source::Source& source, const source::Item& item) const {
  if (on_ != On::kClass) return matches(printable(item.name)) != negated_;
  const bool labeled = item.label >= 0;
  return matches(labeled ? printable(source.classes().at(static_cast<std::size_t>(item.label)))
                         : "") != negated_;
}

bool Condition::allows_class(const std::string& name) const {
  return on_ != On::kClass || matches(printable(name)) != negated_;
}

Split parse_split(const std::string& text, std::size_t part) {
  std::vector<std::uint64_t> proportions;
  for (const std::string& number : split(text, ':'))
    proportions.push_back(parse_unsigned("`split`", number, 0, 1'000'000'000));
  const bool all_zero = std::all_of(proportions.begin(), proportions.end(),
                                    [](std::uint64_t number) { return number == 0; });
  if (proportions.size() < 2 || all_zero)
    throw UsageError("`split`", "'" + printable(text) + "' is no division; give A:B, such as 8:2");
  if (part >= proportions.size())
    throw UsageError("`part`", "counts the parts of `split` from 0; give a smaller number");
  return {std::move(proportions), part};
}

Drawn draw(const source::Source& source, const Selection& selection, std::uint64_t seed,
           PixelFilter& filter) {
  Drawn drawn;
  std::vector<std::size_t> order = candidates(source, selection, seed);
  const auto first = [&](std::uint64_t wanted) {
    return first_of({order}, wanted, source, filter, drawn).front();
  };
  if (!selection.count && !selection.per_class) {
    drawn.indices = first(order.size());
    if (drawn.indices.empty()) throw DataError("sources", "hold no record that is not left out");
    return drawn;
  }
  order = shuffled(order, seed, Purpose::kSample);
  if (selection.per_class)
    order = in_turn(source,
                    first_of(by_class(source, order), *selection.per_class, source, filter, drawn),
                    selection);
  else
    order = first(*selection.count);
  if (selection.count) {
    if (order.size() < *selection.count) too_few(order.size(), "records", *selection.count);
    order.resize(*selection.count);
  }
  drawn.indices = std::move(order);
  return drawn;
}

}  // namespace cs::sample
