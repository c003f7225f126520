#include "cli/options.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::cli {
namespace {

Option row(const std::string& names, std::string argument, std::string help, Recorded recorded) {
  Option option;
  const bool has_letter = names.size() > 2 && names[1] == ',';
  option.letter = has_letter ? names[0] : '\0';
  option.name = has_letter ? names.substr(2) : names;
  option.argument = std::move(argument);
  option.help = std::move(help);
  option.recorded = recorded;
  return option;
}

void refuse_empty(const std::string& name, const std::string& value) {
  if (value.empty()) throw UsageError("--" + name + ": must not be empty");
}

}  // namespace

OptionTable& OptionTable::add(Option option) {
  rows_.push_back(std::move(option));
  return *this;
}

OptionTable& OptionTable::custom(const std::string& names, const std::string& argument,
                                 const std::string& help, const std::string& fallback,
                                 std::function<void(const std::string&)> set, Recorded recorded) {
  Option option = row(names, argument, help, recorded);
  option.fallback = fallback;
  option.set = std::move(set);
  return add(std::move(option));
}

OptionTable& OptionTable::flag(const std::string& names, bool& field, const std::string& help,
                               Recorded recorded) {
  Option option = row(names, "", help, recorded);
  option.set = [&field](const std::string&) { field = true; };
  return add(std::move(option));
}

OptionTable& OptionTable::text(const std::string& names, const std::string& argument,
                               std::string& field, const std::string& help, Recorded recorded) {
  Option option = row(names, argument, help, recorded);
  option.fallback = field;
  option.set = [&field, name = option.name](const std::string& value) {
    refuse_empty(name, value);
    field = value;
  };
  return add(std::move(option));
}

OptionTable& OptionTable::path(const std::string& names, std::filesystem::path& field,
                               const std::string& help) {
  Option option = row(names, "FILE", help, Recorded::kNo);
  option.fallback = field.string();
  option.set = [&field, name = option.name](const std::string& value) {
    refuse_empty(name, value);
    field = value;
  };
  return add(std::move(option));
}

OptionTable& OptionTable::paths(const std::string& names, std::vector<std::filesystem::path>& field,
                                const std::string& help, const std::string& argument) {
  Option option = row(names, argument, help, Recorded::kNo);
  option.repeatable = true;
  option.set = [&field, name = option.name](const std::string& value) {
    refuse_empty(name, value);
    field.emplace_back(value);
  };
  return add(std::move(option));
}

OptionTable& OptionTable::texts(const std::string& names, const std::string& argument,
                                std::vector<std::string>& field, const std::string& help,
                                Recorded recorded) {
  Option option = row(names, argument, help, recorded);
  option.repeatable = true;
  option.set = [&field, name = option.name](const std::string& value) {
    refuse_empty(name, value);
    field.push_back(value);
  };
  return add(std::move(option));
}

OptionTable& OptionTable::choice(const std::string& names, const std::vector<std::string>& words,
                                 std::string& field, const std::string& help) {
  return choice(names, words, field, help, field);
}

OptionTable& OptionTable::choice(const std::string& names, const std::vector<std::string>& words,
                                 std::string& field, const std::string& help,
                                 const std::string& fallback) {
  const std::string list = join(words, "|");
  Option option = row(names, list, help, Recorded::kYes);
  option.fallback = fallback;
  option.set = [&field, words, list, name = option.name](const std::string& value) {
    if (std::find(words.begin(), words.end(), value) == words.end())
      throw UsageError("--" + name + ": '" + printable(value) + "' is none of " + list);
    field = value;
  };
  return add(std::move(option));
}

OptionTable& OptionTable::whole_number(const std::string& names, std::uint64_t fallback,
                                       std::uint64_t low, std::uint64_t high,
                                       std::function<void(std::uint64_t)> store,
                                       const std::string& help, Recorded recorded) {
  Option option = row(names, "N", help, recorded);
  option.fallback = std::to_string(fallback);
  option.set = [store = std::move(store), low, high, name = option.name](const std::string& value) {
    store(parse_unsigned("--" + name, value, low, high));
  };
  return add(std::move(option));
}

OptionTable& OptionTable::number(const std::string& names, double& field, double low, double high,
                                 const std::string& help, Recorded recorded) {
  Option option = row(names, "X", help, recorded);
  option.fallback = to_text(field);
  option.set = [&field, low, high, name = option.name](const std::string& value) {
    field = parse_number("--" + name, value, low, high);
  };
  return add(std::move(option));
}

void add_output(OptionTable& table, Output& output) {
  table.path("o,output", output.path, "Name of the output.")
      .flag("f,force", output.force, "Replace the output if it exists.", Recorded::kNo);
}

void require(const std::string& name, bool given) {
  if (!given) throw UsageError("--" + name + ": is missing; this tool needs it");
}

void add_seed(OptionTable& table, std::uint64_t& seed) {
  table.whole("seed", seed, 0, UINT64_MAX, "Seed of every random choice.");
}

void add_threads(OptionTable& table, int& threads) {
  threads = default_threads();
  const auto set = [&threads](const std::string& value) {
    threads = static_cast<int>(parse_unsigned("--threads", value, 1, 1024));
  };
  table.custom("threads", "N", "Threads to use.", "all cores", set, Recorded::kNo);
}

void add_threads(OptionTable& table, std::optional<int>& threads) {
  table.whole("threads", threads, 1, 1024,
              "Threads to use. A number is kept, and the same one gives the same result.",
              "all cores, or one while other processes need them", Recorded::kNo);
}

void add_device(OptionTable& table, std::string& device, std::string& precision) {
  table
      .text("device", "auto|cpu|cuda[:N]", device,
            "Device to compute on; auto is CUDA where there is one.", Recorded::kNo)
      .choice("precision", {"auto", "f32", "bf16"}, precision,
              "Precision of convolutions and matrix products; auto is bf16 only for training on "
              "CUDA or a CPU with avx512_bf16.");
}

void add_normalization(OptionTable& table, PerChannel& mean, PerChannel& std,
                       const std::string& pixels) {
  const auto triple = [](const char* name, double low, PerChannel& field) {
    return [name, low, &field](const std::string& value) {
      const std::vector<std::string> parts = split(value, ',');
      if (parts.size() != 1 && parts.size() != 3)
        throw UsageError(name, "'" + printable(value) + "' is neither one number nor three");
      field.emplace();
      for (std::size_t c = 0; c < 3; ++c)
        field->at(c) = parse_number(name, parts.at(parts.size() == 3 ? c : 0), low, 1e6);
    };
  };
  table.custom("mean", "R,G,B",
               "Mean that is subtracted from " + pixels + ": one number, or one for each channel.",
               "0", triple("--mean", -1e6, mean));
  table.custom("std", "R,G,B",
               "Standard deviation that the difference is divided by: one number, or one for each "
               "channel.",
               "1", triple("--std", 1e-6, std));
}

void add_verify(OptionTable& table, bool& skip) {
  table.flag("no-verify", skip,
             "Skip the checksum of input shards (their length is still checked).", Recorded::kNo);
}

int default_threads() {
  cpu_set_t allowed;
  int cores = 1;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) == 0) cores = CPU_COUNT(&allowed);
  if (const char* limit = std::getenv("OMP_NUM_THREADS")) {
    const std::string_view text(limit);
    int most = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), most);
    if (parsed.ec == std::errc() && most > 0) cores = std::min(cores, most);
  }
  return std::max(cores, 1);
}

}  // namespace cs::cli
