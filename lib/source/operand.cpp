#include "source/operand.hpp"

#include <utility>

#include "core/error.hpp"
#include "source/paths.hpp"

namespace cs::source {

Operand::Operand(std::string text, SourceOptions options)
    : text_(std::move(text)), options_(std::move(options)) {
  options_.prefix = normalize_prefix(options_.prefix);
}

void Operand::remark(const std::string& sentence) const {
  if (options_.on_remark) options_.on_remark(printable(text_) + ": " + sentence);
}

bool Operand::is_folder() {
  if (is_folder_) return *is_folder_;
  std::error_code error;
  const auto status = std::filesystem::status(text_, error);
  if (error) throw Error(text_, "cannot open: " + error.message() + "; give a folder or a file");
  is_folder_ = std::filesystem::is_directory(status);
  if (!*is_folder_ && !std::filesystem::is_regular_file(status))
    throw DataError(text_, "is neither a folder nor a file; give one of them");
  return *is_folder_;
}

formats::FileKind Operand::file_kind() {
  return is_folder() ? formats::FileKind::kUnknown : formats::kind_of_file(text_);
}

bool Operand::is_container() {
  if (!is_container_) is_container_ = is_folder() || is_archive(text_);
  return *is_container_;
}

const Files& Operand::files() {
  if (files_) return *files_;
  if (is_folder())
    files_ = open_folder(text_, options_.prefix, options_.spill_dir);
  else if (is_container())
    files_ = open_archive(text_, options_.spill_dir);
  else
    files_ = open_file(text_, options_.spill_dir);
  return *files_;
}

std::unique_ptr<Files> Operand::take_files() {
  files();
  return std::move(files_);
}

const FileBytes& Operand::content() {
  if (!content_) content_ = files().open(0);
  return *content_;
}

std::unique_ptr<FileBytes> Operand::take_content() {
  content();
  return std::move(content_);
}

bool Operand::has_image_names() {
  if (has_image_names_) return *has_image_names_;
  has_image_names_ = false;
  const EntryList& entries = files().entries();
  for (std::size_t i = 0; i < entries.size() && !*has_image_names_; ++i)
    has_image_names_ = is_image_name(entries[i].name);
  return *has_image_names_;
}

}  // namespace cs::source
