#include "exports/output_file.hpp"

#include <utility>

#include "core/error.hpp"

namespace cs::exports {

OutputFile::OutputFile(const std::filesystem::path& path, std::string subject)
    : subject_(std::move(subject)), out_(path, std::ios::binary) {
  check();
}

OutputFile::OutputFile(const Pending& folder, const std::string& name)
    : OutputFile(folder.temporary() / name, (folder.target() / name).string()) {}

void OutputFile::write(std::string_view bytes) {
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  check();
}

void OutputFile::close() {
  out_.close();
  check();
}

void OutputFile::check() const {
  if (!out_) throw system_error(subject_, "cannot write");
}

}  // namespace cs::exports
