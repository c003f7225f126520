#include "sample/draw.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "sample/order.hpp"

namespace cs::sample {
namespace {

[[noreturn]] void too_few(std::uint64_t there, const std::string& what, std::uint64_t wanted) {
  throw DataError("sources", "hold " + std::to_string(there) + " " + what + ", not the " +
                                 std::to_string(wanted) + " asked for; ask for fewer");
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

}  // namespace

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
  order = random_order(order, seed, Purpose::kSample);
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
