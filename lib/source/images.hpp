/// Image files in a folder or an archive; the first folder of a file is its class.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/operand.hpp"
#include "source/source.hpp"

namespace cs::source {

/// The images among files, sorted by name, without labels at first. An image is what is called like
/// one, or begins like one: then it is listed even if its format is not read, so that decode()
/// refuses it by name. A NAME.cls is neither an image nor passed over.
class ImageFiles : public Source {
 public:
  /// Takes the operand's files, and remarks what is passed over. Throws DataError if the operand is
  /// no container or holds no image under its prefix, if two images share a name, or if one is no
  /// plain file.
  explicit ImageFiles(Operand& operand);

  std::size_t size() const override { return members_.size(); }
  const std::vector<std::string>& classes() const override { return classes_; }
  bool is_encoded() const override { return true; }
  Item item(std::size_t index) const override;
  void read(const std::vector<std::size_t>& wanted, const Take& take) const override;

  const Files& files() const { return *files_; }
  std::string_view name(std::size_t index) const;  ///< under the prefix
  void set_label(std::size_t index, std::int32_t label) { members_.at(index).label = label; }
  void set_classes(std::vector<std::string> classes) { classes_ = std::move(classes); }
  /// First folders in which there are files, none of them an image.
  const std::vector<std::string>& folders_without_images() const { return without_images_; }

 private:
  /// One image; its name is that of the entry, under the prefix.
  struct Member {
    std::uint32_t entry = 0;
    std::int32_t label = -1;
  };

  std::string_view name_of(const Member& member) const;
  void refuse_irregular(std::string_view name) const;
  void refuse_duplicates() const;
  void remark_passed_over(const Operand& operand);

  std::string prefix_;
  std::unique_ptr<Files> files_;
  std::vector<Member> members_;  ///< by name
  std::vector<std::string> classes_;
  std::vector<std::string> without_images_;
};

}  // namespace cs::source
