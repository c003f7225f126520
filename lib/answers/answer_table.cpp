#include "answers/answer_table.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "answers/difference.hpp"
#include "answers/keys.hpp"
#include "core/error.hpp"

namespace cs::answers {
namespace {

std::string_view payload(const AnswerTable& table, std::string_view key, std::string_view value) {
  return payload_of(table.folder.string(), "answer", key, value);
}

std::vector<float> numbers(std::string_view payload) {
  std::vector<float> numbers(payload.size() / sizeof(float));
  std::memcpy(numbers.data(), payload.data(), numbers.size() * sizeof(float));
  return numbers;
}

/// Bytes of the first answer with this beginning of a key; `otherwise` if there is none.
std::size_t bytes_of_first(const AnswerTable& table, std::string_view target,
                           std::size_t otherwise) {
  std::string_view key;
  std::string_view value;
  if (!table.txn.at_or_after(table.answers, target, key, value) ||
      key.substr(0, target.size()) != target)
    return otherwise;
  return payload(table, key, value).size();
}

void compare(std::string_view here, std::string_view there, Merged& merged) {
  if (here == there) {
    ++merged.equal;
    return;
  }
  const std::vector<float> a = numbers(here);
  const std::vector<float> b = numbers(there);
  ++merged.different;
  merged.largest = std::max(merged.largest, difference(a.data(), b.data(), a.size()).relative);
}

}  // namespace

Merged merge_answers(const AnswerTable& to, const AnswerTable& from) {
  Merged merged;
  merged.from = from.folder;
  std::string target;     // of the answers so far: they are sorted
  std::size_t bytes = 0;  // of each of them
  from.txn.for_each(from.answers, [&](std::string_view key, std::string_view value) {
    const std::string_view there = payload(from, key, value);
    if (target != target_of(key)) {
      target = target_of(key);
      bytes = bytes_of_first(to, target, there.size());
    }
    if (there.size() != bytes || bytes % sizeof(float) != 0)
      throw DataError(from.folder.string(),
                      "the answer with the key " + hex(key) + " has " +
                          std::to_string(there.size() / sizeof(float)) + " numbers, others " +
                          std::to_string(bytes / sizeof(float)) +
                          "; one of the caches is not of this victim, so keep them apart");
    std::string_view here;
    if (to.txn.get(to.answers, key, here)) {
      compare(payload(to, key, here), there, merged);
    } else {
      to.txn.put(to.answers, key, value);
      ++merged.added;
    }
  });
  return merged;
}

}  // namespace cs::answers
