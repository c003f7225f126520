/// Independent pieces of work on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace cs {

/// Calls work(0) .. work(count - 1), each once, in any order, on up to `threads` threads of which
/// the caller's is one; on fewer where the system gives no more. Returns when all are done. If
/// calls throw, no further ones begin and the exception of the lowest of them is rethrown.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace cs
