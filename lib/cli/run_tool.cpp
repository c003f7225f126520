#include "cli/run_tool.hpp"

// A comma may be part of a path, so cxxopts must not split values.
#define CXXOPTS_VECTOR_DELIMITER '\0'
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cxxopts.hpp>
#include <iostream>
#include <map>
#include <new>
#include <set>
#include <string_view>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/stop.hpp"
#include "core/version.hpp"

namespace cs::cli {
namespace {

struct Common {
  bool quiet = false, verbose = false, help = false, version = false;
};

void add_common(OptionTable& table, Common& common) {
  table.flag("q,quiet", common.quiet, "Print only errors.", Recorded::kNo)
      .flag("v,verbose", common.verbose, "Print more about what is done.", Recorded::kNo)
      .flag("h,help", common.help, "Print this help and exit.", Recorded::kNo)
      .flag("version", common.version, "Print the version and exit.", Recorded::kNo);
}

/// cxxopts' messages with ASCII quotes.
std::string plain(const std::string& message) {
  std::string out;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const bool quote = message.compare(i, 2, "\xE2\x80") == 0 && i + 2 < message.size();
    out += quote ? '\'' : message[i];
    if (quote) i += 2;
  }
  return printable(out);
}

/// cxxopts' "Option 'name' is missing an argument" as ours: "--name: is missing an argument".
UsageError in_our_form(const std::string& message) {
  const std::string text = plain(message);
  const std::size_t open = text.find('\'');
  const std::size_t close = text.find("' ", open + 1);
  if (open == std::string::npos || close == std::string::npos) return UsageError(text);
  std::string subject = text.substr(open + 1, close - open - 1);
  if (text.compare(0, 6, "Option") == 0) subject.insert(0, subject.size() == 1 ? "-" : "--");
  const std::string what = text.substr(close + 2);
  return UsageError(subject + ": " + (what == "does not exist" ? "is no option" : what));
}

std::string usage(const Tool& tool) {
  return tool.name + " [OPTION]..." + (tool.operands.empty() ? "" : " " + tool.operands);
}

/// cxxopts matches options with a recursive regular expression, which overflows the stack on long
/// ones.
void refuse_long_options(int argc, char** argv) {
  constexpr std::size_t kLongest = 4096;
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i)
    if (argv[i][0] == '-' && std::string_view(argv[i]).size() > kLongest)
      throw UsageError(argv[i], "is over 4096 bytes long; give the value as a separate word");
}

cxxopts::ParseResult parse_words(const OptionTable& table, int argc, char** argv) {
  refuse_long_options(argc, argv);
  cxxopts::Options parser(argv[0]);
  for (const Option& row : table.rows()) {
    const std::string names = (row.letter != 0 ? std::string(1, row.letter) + "," : "") + row.name;
    if (row.argument.empty())
      parser.add_options()(names, "", cxxopts::value<std::string>()->implicit_value("true"));
    else
      parser.add_options()(names, "", cxxopts::value<std::vector<std::string>>());
  }
  try {
    return parser.parse(argc, argv);
  } catch (const cxxopts::exceptions::exception& e) {
    throw in_our_form(e.what());
  }
}

/// Applies every option in the order given; refuses repeats of those that take one value.
std::map<std::string, std::vector<std::string>> apply(const OptionTable& table,
                                                      const cxxopts::ParseResult& words) {
  std::map<std::string, std::vector<std::string>> given;
  for (const cxxopts::KeyValue& word : words.arguments()) {
    for (const Option& row : table.rows()) {
      if (row.name != word.key()) continue;
      if (row.argument.empty() && word.value() != "true")
        throw UsageError("--" + row.name + ": takes no value");
      std::vector<std::string>& values = given[row.name];
      if (!values.empty() && !row.repeatable)
        throw UsageError("--" + row.name + ": given twice; give it once");
      values.push_back(word.value());
      row.set(word.value());
    }
  }
  return given;
}

Json history_options(const OptionTable& table,
                     const std::map<std::string, std::vector<std::string>>& given) {
  Json options = Json::object();
  for (const Option& row : table.rows()) {
    if (row.recorded == Recorded::kNo) continue;
    const auto at = given.find(row.name);
    if (at != given.end())
      options[row.name] = row.repeatable ? Json(at->second) : Json(at->second.front());
    else if (!row.fallback.empty())
      options[row.name] = row.fallback;
  }
  return options;
}

void take_operands(const Tool& tool, const std::vector<std::string>& words, Invocation& call) {
  for (const std::string& word : words) {
    if (word.empty()) throw UsageError("an operand is empty");
    call.operands.emplace_back(word);
  }
  if (words.size() < tool.least) throw UsageError("missing operand: " + tool.operands);
  if (words.size() > tool.most)
    throw UsageError(words[tool.most], "is one operand too many; usage: " + usage(tool));
}

std::string name_of_tool;  ///< "cs-sample: ", for a signal handler

extern "C" void on_signal(int signal) {
  request_stop(signal);
  std::signal(signal, SIG_DFL);  // a second one kills at once
}

/// A mapped input is gone: a shard was cut short, or its disk failed, while it was read. The reader
/// cannot continue, and no destructor runs; the next run removes the temporaries.
extern "C" void on_bus_error(int /*signal*/) {
  static constexpr std::string_view kProblem =
      "an input was cut short, or its disk failed, while it was read; make it again\n";
  // The process ends whatever write() returns.
  static_cast<void>(::write(STDERR_FILENO, name_of_tool.data(), name_of_tool.size()) +
                    ::write(STDERR_FILENO, kProblem.data(), kProblem.size()));
  ::_exit(1);
}

/// Opens those of the descriptors 0 to 2 that are closed. Otherwise an output file would get such a
/// number and receive what is meant for stdout or stderr. A stdout opened here fails at the first
/// write.
void fill_standard_descriptors() {
  constexpr std::array kModes = {O_WRONLY, O_RDONLY, O_RDWR};
  for (int fd = 0; fd < 3; ++fd)  // in this order, as open() takes the lowest that is free
    if (::fcntl(fd, F_GETFD) < 0)
      static_cast<void>(::open("/dev/null", kModes.at(static_cast<std::size_t>(fd))));
}

/// Exits without unloading libraries. OpenBLAS, on which OpenCV depends, has a thread that asks for
/// memory until it gets some, and waits for that thread when it is unloaded: for ever where the
/// address space is limited.
void leave_without_unloading(int status, void* /*unused*/) {
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(status);
}

/// Keeps large freed blocks instead of returning them to the kernel, which would have to fill them
/// with zeros at the next step or chunk. Training becomes 1.2 to 1.6 times as fast. Asking a
/// ResNet-18 about images of 96 pixels takes a quarter less time if the heap is shared.
void keep_freed_memory([[maybe_unused]] Heap heap) {
#ifdef __GLIBC__
  if (heap == Heap::kShared) ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, INT_MAX);
  ::mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}

void set_up_process(const Tool& tool) {
  keep_freed_memory(tool.heap);
  fill_standard_descriptors();
  rlimit space{};
  if (::getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
    ::on_exit(leave_without_unloading, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(signal, on_signal) == SIG_IGN) std::signal(signal, SIG_IGN);  // nohup
  }
  name_of_tool = tool.name + ": ";
  std::signal(SIGBUS, on_bus_error);
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the limit becomes an error message
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;  // a set may have thousands of shards
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

/// Parses and runs; returns normally if all went well.
void parse_and_run(const Tool& tool, int argc, char** argv, const OptionTable& table,
                   Common& common, const std::function<void(const Invocation&)>& run) {
  const cxxopts::ParseResult words = parse_words(table, argc, argv);
  for (const cxxopts::KeyValue& word : words.arguments()) {  // help goes before any mistake
    common.help = common.help || word.key() == "help";
    common.version = common.version || word.key() == "version";
  }
  if (common.help || common.version) {
    std::cout << (common.help ? help_text(tool, table)
                              : tool.name + " (Cont-Steal) " + kVersion + "\n");
    return;
  }
  const auto given = apply(table, words);
  Invocation call;
  call.step = {{"tool", tool.name}, {"version", kVersion}};
  call.step["options"] = history_options(table, given);
  call.verbosity = common.quiet     ? Verbosity::kQuiet
                   : common.verbose ? Verbosity::kVerbose
                                    : Verbosity::kNormal;
  take_operands(tool, words.unmatched(), call);
  run(call);
}

/// `message` with the fields that it names in backticks as options, where the tool has such
/// options.
std::string with_options(std::string message, const OptionTable& table) {
  for (const Option& row : table.rows()) {
    const std::string field = "`" + row.name + "`";
    for (std::size_t at = 0; (at = message.find(field, at)) != std::string::npos;)
      message.replace(at, field.size(), "--" + row.name);
  }
  return message;
}

int guarded(const Tool& tool, const OptionTable& table, const std::function<void()>& body) {
  const auto say = [&](const std::string& message) {
    std::cerr << tool.name << ": " << with_options(message, table) << '\n';
  };
  try {
    body();
    std::cout.flush();
    if (!std::cout) throw Error("stdout", "cannot be written; is the disk full?");
    return 0;
  } catch (const UsageError& e) {
    say(e.what());
    std::cerr << "Try '" << tool.name << " --help'.\n";
    return 2;
  } catch (const DataError& e) {
    say(e.what());
    return 3;
  } catch (const Incomplete& e) {
    say(e.what());
    return 4;
  } catch (const Error& e) {
    say(e.what());
    return 1;
  } catch (const std::bad_alloc&) {
    say("out of memory; free some, or give smaller inputs or batches");
    return 1;
  } catch (const std::filesystem::filesystem_error& e) {
    say(printable(e.path1().string()) + ": " + e.code().message() + advice(e.code().value()));
    return 1;
  } catch (const std::exception& e) {
    const std::string text = e.what();
    say(printable(text.substr(0, text.find('\n'))));  // a LibTorch message goes on with a backtrace
    return 1;
  }
}

}  // namespace

std::string help_text(const Tool& tool, const OptionTable& table) {
  std::string text =
      "Usage: " + usage(tool) + "\n" + tool.name + ": " + tool.summary + ".\n\nOptions:\n";
  for (const Option& row : table.rows()) {
    text += row.letter != 0 ? std::string("  -") + row.letter + ", " : std::string("      ");
    text += "--" + row.name + (row.argument.empty() ? "" : " " + row.argument) + "\n";
    std::string help = row.help;
    if (row.repeatable) help += " May be repeated.";
    if (!row.fallback.empty()) help += " Default: " + row.fallback + ".";
    std::string line = "         ";
    for (std::size_t at = 0; at < help.size();) {  // wraps at 80 columns
      const std::size_t end = std::min(help.find(' ', at), help.size());
      if (line.size() + 1 + end - at > 79) {
        text += line + "\n";
        line = "         ";
      }
      line += " " + help.substr(at, end - at);
      at = end + 1;
    }
    text += line + "\n";
  }
  return text +
         "\nExit status: 0 done, 1 failure, 2 wrong command line, 3 invalid data,\n"
         "4 incomplete but resumable. See " +
         tool.name + "(1).\n";
}

int run_tool(const Tool& tool, int argc, char** argv,
             const std::function<void(OptionTable&)>& declare,
             const std::function<void(const Invocation&)>& run) {
  set_up_process(tool);
  OptionTable table;
  Common common;
  declare(table);
  add_common(table, common);
  try {
    return guarded(tool, table, [&] { parse_and_run(tool, argc, argv, table, common, run); });
  } catch (const Stopped& stopped) {  // everything unfinished is removed by now
    std::signal(stopped.signal, SIG_DFL);
    std::raise(stopped.signal);
    return 128 + stopped.signal;
  }
}

}  // namespace cs::cli
