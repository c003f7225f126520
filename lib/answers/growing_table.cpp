#include "answers/growing_table.hpp"

#include "answers/keys.hpp"
#include "store/bytes.hpp"

namespace cs::answers {

void GrowingTable::open(Transaction& txn, store::Access access) {
  store::Tables::Table table = 0;
  if (access == store::Access::kWrite)
    table_ = txn.make(name_);
  else if (txn.find(name_, table))
    table_ = table;
}

std::uint64_t GrowingTable::at(Transaction& txn, std::string_view key) const {
  std::string_view value;
  return table_ && txn.get(*table_, key, value) ? decode(key, value) : 0;
}

void GrowingTable::raise(Transaction& txn, std::string_view key, std::uint64_t value) const {
  if (value <= at(txn, key)) return;
  std::string bytes;
  store::put(bytes, value);
  txn.put(*table_, key, checked(key, bytes));
}

GrowingTable::Rows GrowingTable::rows(Transaction& txn) const {
  Rows rows;
  if (!table_) return rows;
  txn.for_each(*table_, [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, decode(key, value));
  });
  return rows;
}

void GrowingTable::raise_all(Transaction& txn, const Rows& rows) const {
  for (const auto& [key, value] : rows) raise(txn, key, value);
}

std::uint64_t GrowingTable::decode(std::string_view key, std::string_view value) const {
  return store::get<std::uint64_t>(
      payload_of(folder_.string(), ("number in '" + std::string(name_) + "'").c_str(), key, value)
          .data());
}

}  // namespace cs::answers
