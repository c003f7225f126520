/// Trying in a child process what may kill it: libraries that trust the files they read.
#pragma once

#include <functional>

namespace cs {

/// Runs `work` in a copy of this process, silently, and waits. Returns the signal that killed the
/// copy; 0 if `work` returned or threw, which the caller finds out by doing it. The copy has only
/// the calling thread, so `work` may not wait for others. Throws Error if there can be no copy.
int killed_by(const std::function<void()>& work);

}  // namespace cs
