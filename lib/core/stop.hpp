/// Stopping on request. `cli::run_tool` installs handlers that note the first SIGINT, SIGTERM or
/// SIGHUP here. Loops call `check_stop()` once per chunk or batch; destructors then remove
/// unfinished outputs before the process dies of that signal. A second signal kills at once.
#pragma once

namespace cs {

/// Thrown by check_stop(). Not an Error: nothing went wrong.
struct Stopped {
  int signal;
};

void request_stop(int signal) noexcept;  ///< async-signal-safe
int stop_requested() noexcept;           ///< the signal, 0 if none came
void check_stop();                       ///< throws Stopped if one came

}  // namespace cs
