/// Opens operands as sources and keeps the remarks.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "source/kind.hpp"
#include "support/archives.hpp"

namespace cs::test {

class SourceFolder : public TemporaryFolder {
 protected:
  source::SourceOptions options(const std::string& prefix = "", bool labels = true) {
    source::SourceOptions options;
    options.prefix = prefix;
    options.labels = labels;
    options.spill_dir = path(".");
    options.on_remark = [this](const std::string& remark) { remarks_.push_back(remark); };
    remarks_.clear();
    return options;
  }
  source::Operand operand(const std::string& name, const std::string& prefix = "",
                          bool labels = true) {
    return {path(name).string(), options(prefix, labels)};
  }
  std::unique_ptr<source::Source> open(const source::Kind& kind, const std::string& name,
                                       const std::string& prefix = "", bool labels = true) {
    auto named = operand(name, prefix, labels);
    return kind.open(named);
  }
  bool recognized(const source::Kind& kind, const std::string& name, const std::string& prefix = "",
                  bool labels = true) {
    auto named = operand(name, prefix, labels);
    return kind.recognize(named);
  }

  /// What was said of the operand that was opened last.
  const std::vector<std::string>& remarks() const { return remarks_; }
  bool remarked(const std::string& part) const {
    return std::any_of(remarks_.begin(), remarks_.end(), [&](const std::string& remark) {
      return remark.find(part) != std::string::npos;
    });
  }

 private:
  std::vector<std::string> remarks_;
};

}  // namespace cs::test
