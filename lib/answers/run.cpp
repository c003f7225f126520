#include "answers/run.hpp"

#include <memory>
#include <vector>

#include "answers/canaries.hpp"
#include "answers/merge.hpp"
#include "answers/noise.hpp"
#include "answers/query.hpp"
#include "answers/shard.hpp"
#include "core/error.hpp"
#include "core/json.hpp"

namespace cs::answers {

void check(const RunOptions& options) {
  if (!options.cache.empty()) return;
  const auto refuse = [](const char* option) {
    throw UsageError(std::string(option) + ": needs a `cache`");
  };
  if (!options.from.empty()) refuse("`from-cache`");
  if (options.repeats > 1) refuse("`repeats`");
  if (options.canaries.value_or(0) > 0) refuse("`canaries`");
  if (options.new_epoch) refuse("`new-epoch`");
}

void answer_images(const Victim& victim, const store::Dataset& images, const RunOptions& options,
                   const ShardOptions& shard, const Json& step, const Listener& listener) {
  check(options);
  std::unique_ptr<AnswerCache> cache;
  std::vector<Merged> merged;
  if (!options.cache.empty()) cache = open_merged(options.cache, options.from, merged);
  for (const Merged& one : merged)
    if (one.different > 0) listener.remark(remark_on(one));

  QueryOptions query;
  query.threads = options.threads;
  query.cache = cache.get();
  query.account = options.account;
  query.progress = listener.progress;
  query.repeats = options.repeats;
  if (cache) query.epoch = check_canaries(victim, images, query, options);
  const Target target = target_of(victim, query.epoch);

  AnswerInfo info = victim.info();
  info.of = images.header().fingerprint;
  info.victim.id = target.victim.hex();
  info.repeats = options.repeats;
  Json line = step;
  line["victim"] = info.victim.id;
  if (options.repeats > 1) line["options"]["repeats"] = options.repeats;
  AnswerShard answers(shard.path, shard.overwrite, shard.type, images, info, line);
  RepeatCheck repeats(options.repeat_check, options.repeats);
  query_images(victim, images, query, [&](const Answers& more) {
    if (options.repeat_check > 0 || options.repeats > 1) repeats.see(target.kind, more);
    answers.append(more);
  });
  Noise noise = repeats.among_repeats();
  if (options.repeat_check > 0) {
    noise = repeats.measure(victim, images, query);
    listener.result(to_json(noise));
  }
  if (cache && noise.pairs > 0) cache->note_noise(target, noise.largest);
  answers.close();
}

}  // namespace cs::answers
