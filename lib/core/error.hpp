/// Errors. Library code throws them and never prints or exits.
/// `cli::run_tool` alone catches them, prints `tool: subject: what is wrong; what to do next` and
/// turns the type into the exit status.
///
/// A library names a field of its settings in backticks ("try a lower `lr`"); the tool that has an
/// option for it shows the option ("try a lower --lr").
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace cs {

/// `text` with control characters, backslashes and bytes that are not UTF-8 written as \xHH, and
/// cut after 300 bytes, so that names from data cannot forge a line of output.
std::string printable(std::string_view text);

/// Run-time failure (I/O, memory, device): exit 1.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what) : std::runtime_error(what) {}
  Error(std::string_view subject, const std::string& what)
      : std::runtime_error(printable(subject) + ": " + what) {}
};

/// The command line is wrong; nothing was opened: exit 2.
class UsageError : public Error {
  using Error::Error;
};

/// Input data is invalid or corrupt; no output was published: exit 3.
class DataError : public Error {
  using Error::Error;
};

/// Stopped before the end; the same command continues from there: exit 4.
class Incomplete : public Error {
  using Error::Error;
};

/// What to do about a value of errno, as "; make room and run again"; empty if there is no general
/// advice.
std::string advice(int code);

/// `subject: what: <text of errno>; what to do`, for failed system calls.
Error system_error(std::string_view subject, const std::string& what);

}  // namespace cs
