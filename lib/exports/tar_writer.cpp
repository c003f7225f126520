#include "exports/tar_writer.hpp"

#include <archive_entry.h>

#include <cerrno>

#include "core/error.hpp"

namespace cs::exports {

void TarWriter::Free::operator()(archive* handle) const { archive_write_free(handle); }

TarWriter::TarWriter(const std::filesystem::path& target)
    : file_(Pending::file(target, Overwrite::kRefuse)), handle_(archive_write_new()) {
  check(archive_write_set_format_ustar(handle_.get()));
  check(archive_write_open_filename(handle_.get(), file_.temporary().c_str()));
}

void TarWriter::add(const std::string& name, std::string_view bytes) {
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                            archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  check(archive_write_header(handle_.get(), entry.get()));
  if (!bytes.empty()) check(archive_write_data(handle_.get(), bytes.data(), bytes.size()));
}

void TarWriter::close() {
  check(archive_write_close(handle_.get()));
  file_.publish();
}

void TarWriter::check(la_ssize_t status) const {
  if (status >= 0) return;
  errno = archive_errno(handle_.get());
  throw system_error(file_.target().string(), "cannot write");
}

}  // namespace cs::exports
