/// Shards of answers for tests, whose header may say anything.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "answers/kind.hpp"
#include "core/json.hpp"
#include "store/dataset.hpp"
#include "store/writer.hpp"

namespace cs::test {

/// Answers of "someone", one row of `values` for each of `images`, whose labels come along. `about`
/// is the header's; `of` is by default the images' fingerprint.
inline store::Dataset write_answers(const std::filesystem::path& path, const store::Dataset& images,
                                    answers::AnswerKind kind, const std::vector<float>& values,
                                    const Json& about, std::optional<Digest> of = {}) {
  const std::uint64_t count = images.count();
  const store::Column column = answers::column_of(kind);
  const bool prediction = kind == answers::AnswerKind::kPrediction;
  store::Header header = store::derived_header(images, Json::object());
  header.columns = {store::label_spec(),
                    prediction
                        ? store::prediction_spec()
                        : store::vector_spec(column, store::Type::kF32,
                                             static_cast<std::uint32_t>(values.size() / count))};
  header.of = of.value_or(images.header().fingerprint);
  header.victim = "someone";
  header.about = to_line(about);
  store::Writer writer(path, Overwrite::kAllow, header);
  std::vector<std::int32_t> whole(count);
  images.read(store::Column::kLabel, images.header().first, count, whole.data());
  writer.append(store::Column::kLabel, whole.data(), count);
  whole.clear();
  for (const float value : values) whole.push_back(static_cast<std::int32_t>(std::lround(value)));
  writer.append(column, prediction ? static_cast<const void*>(whole.data()) : values.data(), count);
  writer.close();
  return store::Dataset({path});
}

/// Answers of "someone" with labels of their own, positions in `classes`, to the images whose
/// fingerprint is `of`. What predictions and posteriors tell apart stands in `about`.
inline store::Dataset write_labeled_answers(const std::filesystem::path& path,
                                            answers::AnswerKind kind,
                                            const std::vector<float>& values,
                                            const std::vector<std::string>& classes,
                                            const std::vector<std::int64_t>& labels,
                                            const Json& about, const Digest& of = {1, 1}) {
  const store::Column column = answers::column_of(kind);
  const bool prediction = kind == answers::AnswerKind::kPrediction;
  const auto width = static_cast<std::uint32_t>(values.size() / labels.size());
  store::Header header;
  header.classes = classes;
  header.of = of;
  header.victim = "someone";
  header.about = to_line(about);
  header.columns = {
      store::label_spec(),
      prediction ? store::prediction_spec() : store::vector_spec(column, store::Type::kF32, width)};
  store::Writer writer(path, Overwrite::kAllow, header);
  std::vector<std::int32_t> whole(labels.begin(), labels.end());
  writer.append(store::Column::kLabel, whole.data(), labels.size());
  whole.clear();
  for (const float value : values) whole.push_back(static_cast<std::int32_t>(std::lround(value)));
  writer.append(column, prediction ? static_cast<const void*>(whole.data()) : values.data(),
                labels.size());
  writer.close();
  return store::Dataset({path});
}

}  // namespace cs::test
