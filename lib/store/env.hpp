/// RAII over LMDB. Every failure becomes an Error or DataError that names the file.
#pragma once

#include <lmdb.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "store/access.hpp"

namespace cs::store {

/// Throws for any code but MDB_SUCCESS: DataError if it means a damaged or foreign file, else
/// Error, with the free space of the file system where the disk may be full.
void check_lmdb(int code, const std::filesystem::path& path, const char* doing);

/// An open environment, closed on destruction.
class Env {
 public:
  /// The temporary of a shard under construction: one file, no lock file, nothing synced before
  /// sync(). Its map starts small; grow() doubles it.
  static Env create(const std::filesystem::path& path);
  /// A sealed shard: read-only, no lock file.
  static Env open_sealed(const std::filesystem::path& path);
  /// A folder whose environment processes share: with locks, and every commit synced. Not for use
  /// across fork(), nor twice in one process.
  static Env open_shared(const std::filesystem::path& folder, Access access);

  MDB_env* get() const { return env_.get(); }
  const std::filesystem::path& path() const { return path_; }
  void grow();  ///< only without a transaction in the process
  void sync();
  std::uint64_t entries() const;       ///< in the unnamed database, which holds the others' names
  std::uint64_t bytes_in_use() const;  ///< (last page + 1) * page size

 private:
  Env(const std::filesystem::path& path, unsigned flags, std::size_t map_size);
  struct Closer {
    void operator()(MDB_env* env) const { mdb_env_close(env); }
  };
  std::filesystem::path path_;
  std::unique_ptr<MDB_env, Closer> env_;
};

/// A transaction: aborted on destruction, only commit() publishes. Beginning one takes over the map
/// size that another process set.
class Txn {
 public:
  enum class Mode : bool { kRead, kWrite };
  Txn(const Env& env, Mode mode);

  /// The sub-database `name`, which must exist.
  MDB_dbi open(const char* name);
  /// Opens or makes it. MDB_SUCCESS, or MDB_MAP_FULL as for put().
  int create(const char* name, MDB_dbi& dbi);
  /// Whether it is there.
  bool exists(const char* name, MDB_dbi& dbi);

  /// MDB_SUCCESS, or MDB_MAP_FULL, after which the transaction is only good for destruction.
  int put(MDB_dbi dbi, std::string_view key, std::string_view value, unsigned flags);
  /// False if the key is not there. The view lives as long as the transaction.
  bool get(MDB_dbi dbi, std::string_view key, std::string_view& value);
  /// Calls `see` with every key and value, in order of the keys; it must not write.
  void for_each(MDB_dbi dbi,
                const std::function<void(std::string_view key, std::string_view value)>& see);
  /// The first entry whose key is `from` or after it; false if there is none.
  bool at_or_after(MDB_dbi dbi, std::string_view from, std::string_view& key,
                   std::string_view& value);
  std::uint64_t entries(MDB_dbi dbi);
  int commit();  ///< MDB_SUCCESS or MDB_MAP_FULL

 private:
  struct Aborter {
    void operator()(MDB_txn* txn) const { mdb_txn_abort(txn); }
  };
  using Cursor = std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)>;
  Cursor cursor(MDB_dbi dbi);
  const Env* env_;
  std::unique_ptr<MDB_txn, Aborter> txn_;
};

}  // namespace cs::store
