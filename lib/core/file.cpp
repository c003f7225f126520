#include "core/file.hpp"

#include <fstream>

#include "core/error.hpp"

namespace cs {
namespace fs = std::filesystem;

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

void write_file(const fs::path& target, std::string_view bytes, Overwrite overwrite) {
  Pending pending = Pending::file(target, overwrite);
  std::ofstream out(pending.temporary(), std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw system_error(target.string(), "cannot write");
  pending.publish();
}

std::string read_file(const fs::path& path, std::size_t most) {
  if (fs::is_directory(path)) throw Error(path.string(), "is a folder, not a file");
  if (fs::exists(path) && !fs::is_regular_file(path))  // a FIFO would be waited for
    throw Error(path.string(), "is no regular file; name one");
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) throw system_error(path.string(), "cannot open");
  const auto size = static_cast<std::size_t>(in.tellg());
  if (size > most) throw DataError(path.string(), "too large: " + std::to_string(size) + " bytes");
  std::string bytes(size, '\0');
  in.seekg(0);
  if (!in.read(bytes.data(), static_cast<std::streamsize>(size)))
    throw system_error(path.string(), "cannot read");
  return bytes;
}

void detail::refuse_same_file(const fs::path& output, const fs::path& input) {
  std::error_code ignored;
  const bool within = fs::is_directory(input, ignored) && fs::exists(output, ignored) &&
                      fs::equivalent(folder_of(output), input, ignored);
  if (within || fs::equivalent(output, input, ignored))
    throw UsageError(output.string(), "is an input too; name another output");
}

}  // namespace cs
