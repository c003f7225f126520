#include "victim/query.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/json.hpp"
#include "core/ordered.hpp"
#include "core/stop.hpp"
#include "data/tensors.hpp"
#include "records/digest.hpp"
#include "records/images.hpp"
#include "store/ask.hpp"

namespace cs::victim {
namespace {

using Take = std::function<void(const at::Tensor& answers)>;
using Ids = std::vector<std::uint64_t>;

constexpr std::uint64_t kHashedAtATime = std::uint64_t{4} << 20U;  // bytes

store::Target target_of(const Victim& victim) {
  return {Digest::from_hex(victim.id()), victim.kind()};
}

/// The images of `rows` ids, read in runs of successive ones.
at::Tensor gather(const Victim& victim, const store::Dataset& images, const std::uint64_t* ids,
                  std::uint64_t rows) {
  std::vector<at::Tensor> runs;
  for (std::uint64_t from = 0, to = 1; from < rows; from = to++) {
    while (to < rows && ids[to] == ids[to - 1] + 1) ++to;
    runs.push_back(data::read_queries(images, ids[from], to - from, victim.input_size()));
  }
  return runs.size() == 1 ? runs.front() : at::cat(runs);
}

void ask_about(const Victim& victim, const store::Dataset& images, const Ids& ids,
               const QueryOptions& options, const Take& take) {
  const auto batch = static_cast<std::uint64_t>(options.batch);
  nn::set_threads(1);  // within a batch; batches run side by side
  Pipeline<at::Tensor> batches(
      (ids.size() + batch - 1) / batch, options.threads, [&](std::size_t index) {
        at::set_num_threads(1);  // of this thread: another OpenMP team would change sums
        const std::uint64_t rows = std::min(batch, ids.size() - index * batch);
        at::Tensor pixels = gather(victim, images, ids.data() + index * batch, rows);
        if (rows < batch)
          pixels = at::constant_pad_nd(
              pixels, {0, 0, 0, 0, 0, 0, 0, static_cast<std::int64_t>(batch - rows)});
        return victim.answer(pixels).narrow(0, 0, static_cast<std::int64_t>(rows));
      });
  for (at::Tensor answers; batches.next(answers);) take(answers);
}

/// The digests of what the victim is asked, in id order.
std::vector<Digest> digests_of(const Victim& victim, const store::Dataset& images, int threads) {
  const auto side = static_cast<std::uint64_t>(victim.input_size());
  const std::uint64_t record = records::is_encoded(images)
                                   ? side * side * 3
                                   : images.require(store::Column::kImage).record_bytes();
  const std::uint64_t block = std::max<std::uint64_t>(kHashedAtATime / record, 1);
  Pipeline<std::vector<Digest>> blocks(
      (images.count() + block - 1) / block, threads, [&](std::size_t index) {
        const std::uint64_t rows = std::min(block, images.count() - index * block);
        const at::Tensor pixels = data::read_queries(images, images.header().first + index * block,
                                                     rows, victim.input_size());
        std::vector<Digest> digests;
        std::string scratch;
        for (std::uint64_t i = 0; i < rows; ++i)
          digests.push_back(records::image_digest(static_cast<std::uint32_t>(pixels.size(1)),
                                                  static_cast<std::uint32_t>(pixels.size(2)),
                                                  pixels.data_ptr<std::uint8_t>() + i * record,
                                                  scratch));
        return digests;
      });
  std::vector<Digest> all;
  for (std::vector<Digest> digests; blocks.next(digests);) {
    check_stop();
    all.insert(all.end(), digests.begin(), digests.end());
  }
  return all;
}

/// Sees to it that the cache holds the answers to all images, whose `digests` these are.
void fill_cache(const Victim& victim, const store::Dataset& images,
                const std::vector<Digest>& digests, const QueryOptions& options) {
  const store::Target target = target_of(victim);
  std::unordered_map<Digest, std::uint64_t, DigestHash> id_of;
  for (std::size_t i = 0; i < digests.size(); ++i)
    id_of.emplace(digests[i], images.header().first + i);
  const std::vector<Digest> missing = options.cache->missing(target, store::distinct(digests));
  if (options.progress) options.progress(digests.size() - missing.size());
  const auto ask = [&](const std::vector<Digest>& wanted) {
    Ids ids;
    for (const Digest& digest : wanted) ids.push_back(id_of.at(digest));
    std::vector<float> all;
    ask_about(victim, images, ids, options, [&](const at::Tensor& answers) {
      const float* from = answers.data_ptr<float>();
      all.insert(all.end(), from, from + answers.numel());
    });
    if (options.progress) options.progress(wanted.size());
    return all;
  };
  const auto group = static_cast<std::size_t>(options.batch) *
                     static_cast<std::size_t>(std::max(options.threads, 1));
  store::ask_missing(*options.cache, target, options.account, missing, group, ask);
}

void query_through_cache(const Victim& victim, const store::Dataset& images,
                         const QueryOptions& options, const Take& take) {
  const std::vector<Digest> digests = digests_of(victim, images, options.threads);
  fill_cache(victim, images, digests, options);
  std::vector<float> answers;
  for (std::size_t at = 0; at < digests.size();) {
    check_stop();
    const std::size_t rows = std::min(static_cast<std::size_t>(options.batch), digests.size() - at);
    options.cache->read(target_of(victim), digests.data() + at, rows, answers);
    take(at::from_blob(answers.data(), {static_cast<std::int64_t>(rows),
                                        static_cast<std::int64_t>(answers.size() / rows)}));
    at += rows;
  }
}

}  // namespace

void query_images(const Victim& victim, const store::Dataset& images, const QueryOptions& options,
                  const Take& take) {
  if (options.cache != nullptr) return query_through_cache(victim, images, options, take);
  Ids ids(images.count());
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = images.header().first + i;
  ask_about(victim, images, ids, options, [&](const at::Tensor& answers) {
    check_stop();
    take(answers);
    if (options.progress) options.progress(static_cast<std::uint64_t>(answers.size(0)));
  });
}

Json estimate(const Victim& victim, const store::Dataset& images, const DryRun& run) {
  const std::vector<Digest> digests = digests_of(victim, images, run.threads);
  const std::vector<Digest> each = store::distinct(digests);
  std::uint64_t cached = 0;
  std::uint64_t sent = 0;
  if (std::filesystem::exists(run.cache) && !std::filesystem::is_empty(run.cache)) {
    const store::AnswerCache cache(run.cache, store::Access::kRead);
    const store::Target target = target_of(victim);
    cached = each.size() - cache.missing(target, each).size();
    for (const store::LedgerRow& row : cache.ledger())
      if (row.victim == target.victim && row.account == run.account.name) sent = row.counts.sent;
  }
  const std::uint64_t calls = run.cache.empty() ? digests.size() : each.size() - cached;
  Json json = {{"victim", victim.id()},
               {"images", digests.size()},
               {"distinct", each.size()},
               {"cached", cached},
               {"calls", calls},
               {"price", static_cast<double>(calls) * run.price},
               {"account", run.account.name},
               {"budget_left", nullptr}};
  if (const auto budget = run.account.budget)
    json["budget_left"] = *budget - std::min(*budget, sent);
  return json;
}

}  // namespace cs::victim
