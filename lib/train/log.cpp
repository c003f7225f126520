#include "train/log.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"

namespace cs::train {
namespace {

struct Field {
  const char* name;
  double EpochReport::*value;
};

/// In the order of the log.
constexpr std::array<Field, 9> kFields{{{"loss", &EpochReport::loss},
                                        {"lr", &EpochReport::lr},
                                        {"spread", &EpochReport::spread},
                                        {"seconds", &EpochReport::seconds},
                                        {"images_per_second", &EpochReport::images_per_second},
                                        {"loading_seconds", &EpochReport::loading_seconds},
                                        {"forward_seconds", &EpochReport::forward_seconds},
                                        {"backward_seconds", &EpochReport::backward_seconds},
                                        {"optimizer_seconds", &EpochReport::optimizer_seconds}}};

}  // namespace

std::string line(const EpochReport& report, std::int64_t epochs) {
  const auto left = static_cast<double>(epochs - report.epoch - 1) * report.seconds;
  const auto seconds = static_cast<long long>(left);
  const std::int64_t count = report.epoch + 1;
  std::array<char, 160> text{};
  std::snprintf(
      text.data(), text.size(),
      "epoch %lld (%lld of %lld)  loss %.4g  lr %.3g  %.0f images/s  %lld:%02lld:%02lld left",
      static_cast<long long>(report.epoch), static_cast<long long>(count),
      static_cast<long long>(epochs), report.loss, report.lr, report.images_per_second,
      seconds / 3600, seconds / 60 % 60, seconds % 60);
  return text.data();
}

Json to_json(const EpochReport& report) {
  Json json = {{"epoch", report.epoch}};
  for (const Field& field : kFields) json[field.name] = report.*field.value;
  return json;
}

EpochReport parse_report(const Json& json) {
  EpochReport report;
  report.epoch = json.at("epoch").get<std::int64_t>();
  for (const Field& field : kFields) report.*field.value = json.at(field.name).get<double>();
  return report;
}

EpochLog::EpochLog(std::filesystem::path path) : path_(std::move(path)) {
  if (!path_.empty()) out_.open(path_, std::ios::app);
  check();
}

void EpochLog::clear() {
  if (std::filesystem::is_regular_file(path_)) std::filesystem::resize_file(path_, 0);
}

void EpochLog::write(const EpochReport& report) { write_line(to_json(report)); }

void EpochLog::write_divergence(std::int64_t epoch, std::int64_t step,
                                const std::vector<std::uint64_t>& records) {
  write_line({{"epoch", epoch},
              {"step", step},
              {"error", "the loss is not finite"},
              {"records", records}});
}

void EpochLog::write_line(const Json& line) {
  if (!path_.empty()) out_ << to_line(line) << '\n' << std::flush;
  check();
}

void EpochLog::check() const {
  if (path_.empty() || out_) return;
  const int code = errno;
  const std::string next = advice(code);
  throw Error(path_.string(), "the log cannot be written: " + std::string(std::strerror(code)) +
                                  (next.empty() ? "; name another `log`" : next));
}

}  // namespace cs::train
