#include "core/trial.hpp"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): signal() with SIGHUP is POSIX
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.hpp"

namespace cs {
namespace {

/// Dies with its parent and on requests to stop, leaves no core and says nothing.
void prepare_child() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT})
    ::signal(signal, SIG_DFL);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
}

}  // namespace

int killed_by(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child < 0) throw system_error("trial", "cannot start a process");
  if (child == 0) {
    prepare_child();
    try {
      work();
    } catch (...) {  // NOLINT(bugprone-empty-catch): is for the parent to see
    }
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw system_error("trial", "cannot wait for a process");
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace cs
