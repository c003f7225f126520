/// Numbers that only grow, in a table of an answer cache.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/tables.hpp"

namespace cs::answers {

/// A table of numbers, each 0 until it is raised. Of what two caches say the larger one holds.
class GrowingTable {
 public:
  using Transaction = store::Tables::Transaction;
  using Rows = std::vector<std::pair<std::string, std::uint64_t>>;

  GrowingTable(std::filesystem::path folder, const char* name)
      : folder_(std::move(folder)), name_(name) {}

  /// Caches of earlier versions lack the table until they are opened for writing.
  void open(Transaction& txn, store::Access access);

  std::uint64_t at(Transaction& txn, std::string_view key) const;
  /// Sets it to `value`, unless it is as large already.
  void raise(Transaction& txn, std::string_view key, std::uint64_t value) const;

  Rows rows(Transaction& txn) const;
  void raise_all(Transaction& txn, const Rows& rows) const;

 private:
  std::uint64_t decode(std::string_view key, std::string_view value) const;
  std::filesystem::path folder_;
  const char* name_;
  std::optional<store::Tables::Table> table_;
};

}  // namespace cs::answers
