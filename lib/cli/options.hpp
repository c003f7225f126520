/// The option table of a tool: each option is declared once, bound to the field it sets, and the
/// parser, `--help`, the history of outputs and the test of the manual page all come from it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "core/json_fwd.hpp"
#include "core/parse.hpp"

namespace cs::cli {

/// Whether an option's value goes into the history of the outputs: yes if it can change their
/// content, except for paths, for which the tools record fingerprints.
enum class Recorded : bool { kNo, kYes };

/// One row of the table.
struct Option {
  char letter = 0;       ///< short form, 0 if none
  std::string name;      ///< long form
  std::string argument;  ///< what the help calls its value; empty for a flag
  std::string help;      ///< one or two sentences, the default left out
  std::string fallback;  ///< the default as text; empty if there is none
  bool repeatable = false;
  Recorded recorded = Recorded::kYes;
  std::function<void(const std::string&)> set;  ///< converts strictly, throws UsageError
};

/// Declares options bound to fields. A field's value at declaration is the option's default. The
/// fields must outlive the table. `names` is "n,count" or "count".
class OptionTable {
 public:
  OptionTable& flag(const std::string& names, bool& field, const std::string& help,
                    Recorded recorded = Recorded::kYes);
  OptionTable& text(const std::string& names, const std::string& argument, std::string& field,
                    const std::string& help, Recorded recorded = Recorded::kYes);
  OptionTable& path(const std::string& names, std::filesystem::path& field,
                    const std::string& help);
  /// These two may be given several times; every occurrence adds one.
  OptionTable& paths(const std::string& names, std::vector<std::filesystem::path>& field,
                     const std::string& help, const std::string& argument = "DATASET");
  OptionTable& texts(const std::string& names, const std::string& argument,
                     std::vector<std::string>& field, const std::string& help,
                     Recorded recorded = Recorded::kYes);
  OptionTable& choice(const std::string& names, const std::vector<std::string>& words,
                      std::string& field, const std::string& help);
  /// The same for a field that stays empty unless given; the help states `fallback` as the default.
  OptionTable& choice(const std::string& names, const std::vector<std::string>& words,
                      std::string& field, const std::string& help, const std::string& fallback);
  /// A whole number of low .. high.
  template <typename Integer>
  OptionTable& whole(const std::string& names, Integer& field, std::uint64_t low,
                     std::uint64_t high, const std::string& help,
                     Recorded recorded = Recorded::kYes) {
    return whole_number(
        names, static_cast<std::uint64_t>(field), low, high,
        [&field](std::uint64_t value) { field = static_cast<Integer>(value); }, help, recorded);
  }
  /// The same for a field that stays unset unless given; the help states `fallback` as the default.
  template <typename Integer>
  OptionTable& whole(const std::string& names, std::optional<Integer>& field, std::uint64_t low,
                     std::uint64_t high, const std::string& help, const std::string& fallback,
                     Recorded recorded = Recorded::kYes) {
    return custom(
        names, "N", help, fallback,
        [&field, name = names.substr(names.find(',') + 1), low, high](const std::string& value) {
          field = static_cast<Integer>(parse_unsigned("--" + name, value, low, high));
        },
        recorded);
  }
  OptionTable& number(const std::string& names, double& field, double low, double high,
                      const std::string& help, Recorded recorded = Recorded::kYes);
  /// For values with a form of their own, or a default that is not a fixed text: `set` converts
  /// and throws UsageError.
  OptionTable& custom(const std::string& names, const std::string& argument,
                      const std::string& help, const std::string& fallback,
                      std::function<void(const std::string&)> set,
                      Recorded recorded = Recorded::kYes);

  const std::vector<Option>& rows() const { return rows_; }

 private:
  OptionTable& whole_number(const std::string& names, std::uint64_t fallback, std::uint64_t low,
                            std::uint64_t high, std::function<void(std::uint64_t)> store,
                            const std::string& help, Recorded recorded);
  OptionTable& add(Option option);
  std::vector<Option> rows_;
};

/// `-o/--output` and `-f/--force`.
struct Output {
  std::filesystem::path path;
  bool force = false;
  Overwrite overwrite() const { return force ? Overwrite::kAllow : Overwrite::kRefuse; }
};
void add_output(OptionTable& table, Output& output);

/// Throws UsageError `--name: is missing` unless a required option was given.
void require(const std::string& name, bool given);

/// `--seed`, `--threads`, `--device`, `--precision`: the same meaning in every tool.
void add_seed(OptionTable& table, std::uint64_t& seed);
void add_threads(OptionTable& table, int& threads);
/// The same for a tool that uses fewer threads than all cores while other processes need them;
/// unset unless given.
void add_threads(OptionTable& table, std::optional<int>& threads);
void add_device(OptionTable& table, std::string& device, std::string& precision);

/// `--mean` and `--std` of what the help calls `pixels`: one number, or three (R,G,B) separated by
/// commas. Unset unless given; the defaults in the help are 0 and 1.
using PerChannel = std::optional<std::array<double, 3>>;
void add_normalization(OptionTable& table, PerChannel& mean, PerChannel& std,
                       const std::string& pixels = "pixels / 255");

/// `--no-verify`: skips the checksum of input shards, never the check of their length.
void add_verify(OptionTable& table, bool& skip);

/// Cores this process may run on, at most OMP_NUM_THREADS if that is set: the default threads.
int default_threads();

}  // namespace cs::cli
