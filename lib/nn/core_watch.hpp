/// Notices when other processes take the cores that a training's threads need.
#pragma once

#include <functional>
#include <optional>

namespace cs::nn {

/// The threads of an operation wait for each other at its end, spinning: OpenMP's for 3 ms, those
/// inside oneDNN's kernels without limit. While another process has the core of one thread, the
/// other waits and computes nothing. Measured beside two busy processes a core, two threads train
/// ResNet-18 at a tenth of their idle speed, and one thread at two thirds of its own.
///
/// A watch says how many threads a training should use: all of them, or one as long as the cores
/// are shared. It tries the cores before the first step, since that alone can take half a minute,
/// and is told of every step.
class CoreWatch {
 public:
  /// What the process has used since it started.
  struct Usage {
    double wall_seconds = 0;
    double cpu_seconds = 0;    ///< of all its threads
    double interruptions = 0;  ///< times that the kernel took a core from a thread that needed it
  };
  static Usage usage_of_process();

  /// `threads` of an operation, while the cores are not shared. `usage` is replaced in tests.
  explicit CoreWatch(int threads, std::function<Usage()> usage = usage_of_process);

  /// Keeps all threads busy for a moment. The number to start with.
  int start();

  /// To be called after each step. The number of threads from now on, if it changes.
  std::optional<int> step();

 private:
  /// Whether `threads` threads had to share cores since the window began; begins the next one.
  bool contended(const Usage& now, int threads);

  const int threads_;
  const std::function<Usage()> usage_;
  Usage begin_;          ///< of the window under way
  bool shared_ = false;  ///< one thread is in use
  double patience_;      ///< seconds of a window after which all threads are tried again
};

}  // namespace cs::nn
