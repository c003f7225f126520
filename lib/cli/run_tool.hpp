/// The frame of every tool: parse, run, catch, exit.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "core/json.hpp"

namespace cs::cli {

/// Where the threads of a tool take memory.
enum class Heap : bool {
  kOfEachThread,  ///< none waits for another; blocks over 64 MB go back to the kernel when freed
  kShared,        ///< for few and large blocks: one that is freed serves whichever thread is next
};

/// A tool's name, summary and operands.
struct Tool {
  std::string name;       ///< "cs-sample"
  std::string summary;    ///< one line, as in NAME of its manual page
  std::string operands;   ///< as in SYNOPSIS, e.g. "SOURCE..."
  std::size_t least = 1;  ///< operands
  std::size_t most = SIZE_MAX;
  Heap heap = Heap::kOfEachThread;
};

enum class Verbosity { kQuiet, kNormal, kVerbose };

/// The command line except for the options, which are bound to fields.
struct Invocation {
  std::vector<std::filesystem::path> operands;
  Verbosity verbosity = Verbosity::kNormal;
  Json step;  ///< {"tool", "version", "options": {recorded options}}: this run's line in histories
};

/// Declares the tool's options, parses, runs, and returns the exit status: 0 done, 1 failure,
/// 2 wrong command line, 3 invalid data, 4 incomplete but resumable. After a signal it cleans up
/// and dies of that signal. Help and version go to stdout, messages to stderr as `tool: subject:
/// what is wrong; what to do next`. A stdout that cannot be written is exit 1.
int run_tool(const Tool& tool, int argc, char** argv,
             const std::function<void(OptionTable&)>& declare,
             const std::function<void(const Invocation&)>& run);

/// The text of `--help`.
std::string help_text(const Tool& tool, const OptionTable& table);

}  // namespace cs::cli
