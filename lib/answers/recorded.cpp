#include "answers/recorded.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "answers/recorded_rows.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/file_kind.hpp"
#include "formats/recording.hpp"

namespace cs::answers {
namespace {

using formats::FileKind;
using formats::Recording;
using formats::Vectors;
using store::Column;

class RecordedVictim : public Victim {
 public:
  /// `row_of` says which vector answers each image, in id order from `first` on; it may be empty
  /// for the same order.
  RecordedVictim(std::string name, AnswerInfo info, Vectors vectors, std::uint64_t first,
                 std::vector<std::size_t> row_of)
      : name_(std::move(name)),
        info_(std::move(info)),
        vectors_(std::move(vectors)),
        first_(first),
        row_of_(std::move(row_of)) {}

  std::vector<Outcome> ask(const std::vector<Query>& queries) const override {
    std::vector<Outcome> outcomes;
    outcomes.reserve(queries.size());
    for (const Query& query : queries) {
      const std::size_t position = query.id - first_;
      const float* row = vectors_.row(row_of_.empty() ? position : row_of_.at(position));
      outcomes.push_back(Outcome::answered({row, row + vectors_.width}));
    }
    return outcomes;
  }

  bool sees_images() const override { return false; }
  std::size_t most() const override { return 1024; }
  int side_by_side() const override { return 1; }
  int input_size() const override { return 0; }
  const std::string& name() const override { return name_; }
  const AnswerInfo& info() const override { return info_; }

 private:
  const std::string name_;
  const AnswerInfo info_;
  const Vectors vectors_;
  const std::uint64_t first_;
  const std::vector<std::size_t> row_of_;
};

std::unique_ptr<Victim> of_file(const std::string& file, const Digest& file_digest,
                                Recording recording, const store::Dataset& images,
                                const RecordingOptions& options) {
  std::vector<std::size_t> row_of = rows_for(images, file, recording, options.remark);
  AnswerInfo info;
  info.victim.file = file_digest.hex();
  info.victim.kind = kRecorded;
  if (options.victim) info.victim.stated = {{"name", *options.victim}};
  info.victim.id =
      digest(options.victim ? "recorded of " + *options.victim
                            : "recorded in " + info.victim.file + ' ' + options.array.value_or(""))
          .hex();
  return std::make_unique<RecordedVictim>(file, std::move(info), std::move(recording.vectors),
                                          images.header().first, std::move(row_of));
}

/// The answers of a shard as f32.
Vectors vectors_of(const store::Dataset& answers, Column column) {
  const store::ColumnSpec& spec = answers.require(column);
  Vectors vectors;
  vectors.count = answers.count();
  vectors.width = spec.shape.empty() ? 1 : spec.shape.front();
  vectors.values.resize(vectors.count * vectors.width);
  const std::uint64_t first = answers.header().first;
  const auto convert = [&](auto stored, const auto& to_float) {
    answers.read(column, first, vectors.count, stored.data());
    std::transform(stored.begin(), stored.end(), vectors.values.begin(), to_float);
  };
  if (spec.type == store::Type::kF32)
    answers.read(column, first, vectors.count, vectors.values.data());
  else if (spec.type == store::Type::kF16)
    convert(std::vector<std::uint16_t>(vectors.values.size()), formats::half_to_float);
  else
    convert(std::vector<std::int32_t>(vectors.values.size()),
            [](std::int32_t number) { return static_cast<float>(number); });
  const auto wrong = std::find_if(vectors.values.begin(), vectors.values.end(),
                                  [](float value) { return !std::isfinite(value); });
  if (wrong != vectors.values.end()) {
    const auto at = static_cast<std::uint64_t>(wrong - vectors.values.begin());
    throw DataError(answers.name(), "record " + std::to_string(first + at / vectors.width) +
                                        " holds a number that is not finite; query again");
  }
  return vectors;
}

std::unique_ptr<Victim> of_shard(const std::string& file, const store::Dataset& images,
                                 const RecordingOptions& options) {
  if (options.victim)
    throw UsageError("`victim-name`", "has no effect on " + printable(file) +
                                          ", a shard, which says whose its answers are");
  const store::Dataset answers({file});
  AnswerInfo info = info_of(answers);
  if (info.kind != options.answer)
    throw UsageError("`answer`", "is " + kAnswerKinds.print(options.answer) + ", and " +
                                     printable(file) +
                                     " holds answers of another kind; pass `answer` " +
                                     kAnswerKinds.print(info.kind));
  if (!answers.answers_to(images))
    throw DataError(file, "does not hold the answers to " + printable(images.name()) +
                              " but to other images; name those that it was made from");
  return std::make_unique<RecordedVictim>(file, std::move(info),
                                          vectors_of(answers, column_of(info.kind)),
                                          images.header().first, std::vector<std::size_t>());
}

[[noreturn]] void refuse(const std::string& file, FileKind kind) {
  using formats::FileUse;
  const char* advice = formats::use_of(kind) == FileUse::kModel
                           ? "; to ask it, leave out 'recorded:'"
                       : formats::use_of(kind) == FileUse::kArchive
                           ? "; unpack it and give the file in it"
                           : "; give a .npy, .npz or .jsonl file, or a shard";
  throw DataError(
      file, "is " + std::string(formats::words_for(kind)) + ", not recorded answers" + advice);
}

Recording read(const std::string& file, const std::string& bytes, FileKind kind,
               const RecordingOptions& options) {
  if (kind == FileKind::kNpz)
    return formats::parse_recorded_npz(formats::Buffer(file, bytes), options.array);
  if (kind == FileKind::kNpy) return {formats::parse_npy_vectors(formats::Buffer(file, bytes)), {}};
  if (kind == FileKind::kText) return formats::parse_recorded_lines(file, bytes);
  refuse(file, kind);
}

}  // namespace

std::unique_ptr<Victim> recorded_victim(const std::filesystem::path& path,
                                        const store::Dataset& images,
                                        const RecordingOptions& options) {
  const std::string file = path.string();
  const FileKind kind =
      std::filesystem::is_directory(path) ? FileKind::kLmdb : formats::kind_of_file(path);
  if (options.array && kind != FileKind::kNpz)
    throw UsageError("`victim-output`", "has no effect on " + printable(file) +
                                            ", which is not an .npz of several arrays");
  if (kind == FileKind::kLmdb) return of_shard(file, images, options);
  if (options.answer != AnswerKind::kEmbedding)
    throw UsageError("`answer`", "is " + kAnswerKinds.print(options.answer) + ", and " +
                                     printable(file) +
                                     " does not say its classes; record embeddings, or a shard");
  std::string bytes = read_file(path);
  Recording recording = read(file, bytes, kind, options);
  const Digest file_digest = digest(bytes);
  bytes = {};
  return of_file(file, file_digest, std::move(recording), images, options);
}

}  // namespace cs::answers
