/// Named tables of keys and values, in a folder that processes share: an LMDB environment with
/// locks, every commit of which is synced.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "store/access.hpp"

namespace cs::store {

class Txn;

/// An open folder of tables, changed and read in transactions:
///
///     Tables tables(folder, Access::kWrite);
///     Tables::Table names = 0;
///     tables.write([&](auto& t) { t.put(names = t.make("names"), "7", "seven"); });
///
/// Not for several threads, not across fork(), and once a process and folder (else Error). LMDB's
/// own pages have no checksums: whoever keeps values here adds his own.
class Tables {
 public:
  using Table = unsigned;  ///< a handle, good as long as the tables are open

  /// What was begun with write() sees and changes all tables as if alone; with read() it sees them
  /// as they were when it began. Views of keys and values live as long as it does.
  class Transaction {
   public:
    /// Opens the table of that name; false if there is none.
    bool find(const char* name, Table& table);
    /// Opens it, made if need be. Only within write().
    Table make(const char* name);

    bool get(Table table, std::string_view key, std::string_view& value);
    void put(Table table, std::string_view key, std::string_view value);  ///< replaces
    /// Calls `see` with every key and value, in order of the keys; it must not write.
    void for_each(Table table,
                  const std::function<void(std::string_view key, std::string_view value)>& see);
    /// The first entry whose key is `from` or after it; false if there is none.
    bool at_or_after(Table table, std::string_view from, std::string_view& key,
                     std::string_view& value);
    std::uint64_t entries(Table table);

   private:
    friend class Tables;
    explicit Transaction(Txn& txn) : txn_(&txn) {}
    Txn* txn_;
  };
  using Body = std::function<void(Transaction&)>;

  /// With Access::kWrite the environment is made if need be; the folder must exist. Throws
  /// DataError if the file in it is none of LMDB's, or cut short.
  Tables(const std::filesystem::path& folder, Access access);
  ~Tables();
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  const std::filesystem::path& path() const;  ///< the folder
  bool empty() const;                         ///< no table was ever made

  void read(const Body& body) const;
  /// Commits what `body` did, or nothing of it if it throws. Runs it again from the start if the
  /// file had to grow first.
  void write(const Body& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cs::store
