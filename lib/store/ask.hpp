/// Asking what a cache does not hold yet, beside other processes that do the same.
#pragma once

#include <functional>
#include <vector>

#include "store/answer_cache.hpp"

namespace cs::store {

/// The images, each once, in order of first appearance.
std::vector<Digest> distinct(const std::vector<Digest>& images);

/// Asks the victim about the images and returns its answers, f32, one after the other. All of them
/// were answered, or it throws and none was.
using Ask = std::function<std::vector<float>(const std::vector<Digest>& images)>;

/// Returns when the cache holds an answer to every image of `wanted` (each there once): asks in
/// groups that are committed one by one, and waits for those that living processes have claimed. A
/// group has `group` images, and ever more while one takes under half a second.
/// Throws Incomplete if the account's budget does not allow more; what was answered so far is
/// committed. What `ask` throws passes, and its group counts as failed.
void ask_missing(AnswerCache& cache, const Target& target, const Account& account,
                 std::vector<Digest> wanted, std::size_t group, const Ask& ask);

}  // namespace cs::store
