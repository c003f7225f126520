#include "store/tables.hpp"

#include <sys/stat.h>

#include <mutex>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "store/env.hpp"

namespace cs::store {
namespace fs = std::filesystem;
namespace {

struct MapFull {};  ///< thrown through a transaction to begin it again with a larger map

/// Keeps a process from opening a folder twice: LMDB would drop the locks of both.
class OnlyOne {
 public:
  explicit OnlyOne(const fs::path& folder) {
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0) throw system_error(folder.string(), "cannot open");
    inode_ = {info.st_dev, info.st_ino};
    const std::lock_guard lock(mutex());
    if (!open().insert(inode_).second)
      throw Error(folder.string(), "is open in this process already");
  }
  ~OnlyOne() {
    const std::lock_guard lock(mutex());
    open().erase(inode_);
  }
  OnlyOne(const OnlyOne&) = delete;
  OnlyOne& operator=(const OnlyOne&) = delete;

 private:
  using Inode = std::pair<dev_t, ino_t>;
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static std::set<Inode>& open() {
    static std::set<Inode> instance;
    return instance;
  }
  Inode inode_;
};

}  // namespace

struct Tables::State {
  State(const fs::path& folder, Access access)
      : only_one(folder), env(Env::open_shared(folder, access)) {}
  OnlyOne only_one;
  Env env;
};

bool Tables::Transaction::find(const char* name, Table& table) { return txn_->exists(name, table); }

Tables::Table Tables::Transaction::make(const char* name) {
  Table table = 0;
  if (txn_->create(name, table) == MDB_MAP_FULL) throw MapFull();
  return table;
}

bool Tables::Transaction::get(Table table, std::string_view key, std::string_view& value) {
  return txn_->get(table, key, value);
}

void Tables::Transaction::put(Table table, std::string_view key, std::string_view value) {
  if (txn_->put(table, key, value, 0) == MDB_MAP_FULL) throw MapFull();
}

void Tables::Transaction::for_each(
    Table table, const std::function<void(std::string_view key, std::string_view value)>& see) {
  txn_->for_each(table, see);
}

bool Tables::Transaction::at_or_after(Table table, std::string_view from, std::string_view& key,
                                      std::string_view& value) {
  return txn_->at_or_after(table, from, key, value);
}

std::uint64_t Tables::Transaction::entries(Table table) { return txn_->entries(table); }

Tables::Tables(const fs::path& folder, Access access)
    : state_(std::make_unique<State>(folder, access)) {
  // In this order: other processes only let the file grow.
  if (const auto used = state_->env.bytes_in_use(); used > fs::file_size(folder / "data.mdb"))
    throw DataError(folder.string(),
                    "data.mdb is cut short; copy the folder back from a copy, or start a new one");
}

Tables::~Tables() = default;

const fs::path& Tables::path() const { return state_->env.path(); }

bool Tables::empty() const { return state_->env.entries() == 0; }

void Tables::read(const Body& body) const {
  Txn txn(state_->env, Txn::Mode::kRead);
  Transaction transaction(txn);
  body(transaction);
  txn.commit();  // keeps the handles of tables
}

void Tables::write(const Body& body) {
  for (;;) {
    try {
      Txn txn(state_->env, Txn::Mode::kWrite);
      Transaction transaction(txn);
      body(transaction);
      if (txn.commit() != MDB_MAP_FULL) return;
    } catch (const MapFull&) {  // the transaction is gone by now
    }
    state_->env.grow();
  }
}

}  // namespace cs::store
