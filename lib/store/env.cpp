#include "store/env.hpp"

#include <cerrno>
#include <limits>

#include "core/error.hpp"
#include "core/file.hpp"

namespace cs::store {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kFirstMap = std::size_t{16} << 20U;
constexpr unsigned kDatabases = 16;

std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

std::string free_space(const fs::path& path) {
  std::error_code error;
  const auto space = fs::space(folder_of(path), error);
  if (error) return "";
  return " (" + std::to_string(space.available >> 20U) + " MiB free on that disk)";
}

}  // namespace

void check_lmdb(int code, const fs::path& path, const char* doing) {
  if (code == MDB_SUCCESS) return;
  const std::string text = std::string(doing) + ": " + mdb_strerror(code);
  switch (code) {
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_INCOMPATIBLE:
    case MDB_NOTFOUND:
      throw DataError(path.string(), text + "; damaged, or not of this project");
    case ENOSPC:
    case EIO:  // LMDB reports a full disk as either
    case EFBIG:
    case EDQUOT:
      throw Error(path.string(), text + free_space(path) + advice(code == EIO ? ENOSPC : code));
    default:
      throw Error(path.string(), text + advice(code));
  }
}

Env::Env(const fs::path& path, unsigned flags, std::size_t map_size) : path_(path) {
  MDB_env* env = nullptr;
  check_lmdb(mdb_env_create(&env), path, "cannot start LMDB");
  env_.reset(env);
  check_lmdb(mdb_env_set_maxdbs(env, kDatabases), path, "cannot set up LMDB");
  if (map_size > 0) check_lmdb(mdb_env_set_mapsize(env, map_size), path, "cannot set up LMDB");
  check_lmdb(mdb_env_open(env, path.c_str(), flags | MDB_NOTLS, 0666), path, "cannot open");
}

Env Env::create(const fs::path& path) {
  return {path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC | MDB_NOMETASYNC, kFirstMap};
}

Env Env::open_sealed(const fs::path& path) {
  return {path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_RDONLY, 0};
}

Env Env::open_shared(const fs::path& folder, Access access) {
  Env env(folder, access == Access::kRead ? MDB_RDONLY : 0, kFirstMap);
  int dead = 0;  // readers killed within a transaction would keep old pages for ever
  check_lmdb(mdb_reader_check(env.get(), &dead), folder, "cannot clear dead readers");
  return env;
}

void Env::grow() {
  MDB_envinfo info{};
  check_lmdb(mdb_env_info(get(), &info), path_, "cannot read the map size");
  if (info.me_mapsize > std::numeric_limits<std::size_t>::max() / 4)
    throw Error(path_.string(), "has outgrown the address space");
  check_lmdb(mdb_env_set_mapsize(get(), info.me_mapsize * 2), path_, "cannot grow the map");
}

void Env::sync() { check_lmdb(mdb_env_sync(get(), 1), path_, "cannot sync"); }

std::uint64_t Env::entries() const {
  MDB_stat stat{};
  check_lmdb(mdb_env_stat(get(), &stat), path_, "cannot read its size");
  return stat.ms_entries;
}

std::uint64_t Env::bytes_in_use() const {
  MDB_envinfo info{};
  MDB_stat stat{};
  check_lmdb(mdb_env_info(get(), &info), path_, "cannot read its size");
  check_lmdb(mdb_env_stat(get(), &stat), path_, "cannot read its size");
  return (std::uint64_t{info.me_last_pgno} + 1) * stat.ms_psize;
}

Txn::Txn(const Env& env, Mode mode) : env_(&env) {
  MDB_txn* txn = nullptr;
  const unsigned flags = mode == Mode::kWrite ? 0 : MDB_RDONLY;
  int code = mdb_txn_begin(env.get(), nullptr, flags, &txn);
  while (code == MDB_MAP_RESIZED) {  // by another process
    check_lmdb(mdb_env_set_mapsize(env.get(), 0), env.path(), "cannot take over the map size");
    code = mdb_txn_begin(env.get(), nullptr, flags, &txn);
  }
  check_lmdb(code, env.path(), "cannot begin a transaction");
  txn_.reset(txn);
}

MDB_dbi Txn::open(const char* name) {
  MDB_dbi dbi = 0;
  check_lmdb(mdb_dbi_open(txn_.get(), name, 0, &dbi), env_->path(), "cannot open a column");
  return dbi;
}

int Txn::create(const char* name, MDB_dbi& dbi) {
  const int code = mdb_dbi_open(txn_.get(), name, MDB_CREATE, &dbi);
  if (code != MDB_MAP_FULL) check_lmdb(code, env_->path(), "cannot make a column");
  return code;
}

bool Txn::exists(const char* name, MDB_dbi& dbi) {
  const int code = mdb_dbi_open(txn_.get(), name, 0, &dbi);
  if (code == MDB_NOTFOUND) return false;
  check_lmdb(code, env_->path(), "cannot open a column");
  return true;
}

int Txn::put(MDB_dbi dbi, std::string_view key, std::string_view value, unsigned flags) {
  // LMDB takes mutable pointers for input that it does not change.
  MDB_val k{key.size(), const_cast<char*>(key.data())};
  MDB_val v{value.size(), const_cast<char*>(value.data())};
  const int code = mdb_put(txn_.get(), dbi, &k, &v, flags);
  if (code != MDB_MAP_FULL) check_lmdb(code, env_->path(), "cannot write");
  return code;
}

bool Txn::get(MDB_dbi dbi, std::string_view key, std::string_view& value) {
  MDB_val k{key.size(), const_cast<char*>(key.data())};
  MDB_val v{};
  const int code = mdb_get(txn_.get(), dbi, &k, &v);
  if (code == MDB_NOTFOUND) return false;
  check_lmdb(code, env_->path(), "cannot read");
  value = view_of(v);
  return true;
}

Txn::Cursor Txn::cursor(MDB_dbi dbi) {
  MDB_cursor* raw = nullptr;
  check_lmdb(mdb_cursor_open(txn_.get(), dbi, &raw), env_->path(), "cannot read");
  return {raw, mdb_cursor_close};
}

void Txn::for_each(MDB_dbi dbi,
                   const std::function<void(std::string_view key, std::string_view value)>& see) {
  const Cursor at = cursor(dbi);
  MDB_val key{};
  MDB_val value{};
  int code = mdb_cursor_get(at.get(), &key, &value, MDB_FIRST);
  for (; code == MDB_SUCCESS; code = mdb_cursor_get(at.get(), &key, &value, MDB_NEXT))
    see(view_of(key), view_of(value));
  if (code != MDB_NOTFOUND) check_lmdb(code, env_->path(), "cannot read");
}

bool Txn::at_or_after(MDB_dbi dbi, std::string_view from, std::string_view& key,
                      std::string_view& value) {
  const Cursor at = cursor(dbi);
  MDB_val k{from.size(), const_cast<char*>(from.data())};
  MDB_val v{};
  const int code = mdb_cursor_get(at.get(), &k, &v, MDB_SET_RANGE);
  if (code == MDB_NOTFOUND) return false;
  check_lmdb(code, env_->path(), "cannot read");
  key = view_of(k);
  value = view_of(v);
  return true;
}

std::uint64_t Txn::entries(MDB_dbi dbi) {
  MDB_stat stat{};
  check_lmdb(mdb_stat(txn_.get(), dbi, &stat), env_->path(), "cannot count");
  return stat.ms_entries;
}

int Txn::commit() {
  const int code = mdb_txn_commit(txn_.release());
  if (code != MDB_MAP_FULL) check_lmdb(code, env_->path(), "cannot commit");
  return code;
}

}  // namespace cs::store
