// cs-augment: make augmented views of image shards.

#include <algorithm>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <vector>

#include "augment/policy.hpp"
#include "cli/progress.hpp"
#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "core/ordered.hpp"
#include "core/stop.hpp"
#include "records/images.hpp"
#include "store/dataset.hpp"
#include "store/writer.hpp"

namespace {

using cs::store::Column;

struct Settings {
  cs::cli::Output output;
  std::uint64_t views = 1;
  std::string policy = "simclr";
  std::optional<int> size;
  std::uint64_t seed = 0;
  int threads = 1;
  bool no_verify = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  cs::cli::add_output(table, s.output);
  table.whole("views", s.views, 1, 1'000'000, "Views of every record.")
      .choice("policy", cs::augment::policy_names(), s.policy, "Policy that views are drawn by.")
      .whole("size", s.size, 1, 4096, "Make views of N x N pixels.", "the images'");
  cs::cli::add_seed(table, s.seed);
  cs::cli::add_threads(table, s.threads);
  cs::cli::add_verify(table, s.no_verify);
}

/// Height and width of the views.
cv::Size view_size(const cs::store::Dataset& input, const Settings& s) {
  if (s.size) return {*s.size, *s.size};
  if (cs::records::is_encoded(input))
    throw cs::DataError(input.name(), "holds images of any size; pass --size");
  const cs::store::ColumnSpec& spec = input.require(Column::kImage);
  return {static_cast<int>(spec.shape.at(1)), static_cast<int>(spec.shape.at(0))};
}

cs::store::Header header_of_views(const cs::store::Dataset& input, const cs::Json& step,
                                  std::uint64_t views, cv::Size size) {
  cs::store::Header header = cs::store::derived_header(input, step);
  header.columns = {cs::store::image_spec(static_cast<std::uint32_t>(size.height),
                                          static_cast<std::uint32_t>(size.width))};
  if (const auto* label = input.header().find(Column::kLabel)) header.columns.push_back(*label);
  header.first *= views;
  header.views = views;
  header.originals = input.header().fingerprint;
  return header;
}

std::uint64_t bytes_of(cv::Size size) { return 3 * static_cast<std::uint64_t>(size.area()); }

/// Views of successive ids, one after the other.
struct Block {
  std::uint64_t first = 0, count = 0;
  std::vector<std::uint8_t> pixels;
};

Block make_views(const cs::store::Dataset& input, const cs::augment::Policy& policy,
                 const Settings& s, cv::Size size, Block block) {
  const int side = size.height == size.width ? size.width : 0;  // 0: the image's own size
  const std::uint64_t end = block.first + block.count;
  const std::uint64_t record = block.first / s.views;
  std::uint64_t id = block.first;
  block.pixels.reserve(block.count * bytes_of(size));
  cs::records::for_each_image(
      input, record, (end - 1) / s.views - record + 1, [&](std::uint64_t of, const cv::Mat& image) {
        for (; id < end && id / s.views == of; ++id) {
          const auto view = static_cast<std::uint32_t>(id % s.views);
          const cv::Mat made =
              policy.apply(image, side, cs::Random(s.seed, cs::Purpose::kView, of, view));
          block.pixels.insert(block.pixels.end(), made.datastart, made.dataend);
        }
      });
  return block;
}

void append_labels(cs::store::Writer& writer, const cs::store::Dataset& input, const Block& block,
                   std::uint64_t views) {
  if (input.header().find(Column::kLabel) == nullptr) return;
  const std::uint64_t record = block.first / views;
  std::vector<std::int32_t> labels((block.first + block.count - 1) / views - record + 1);
  input.read(Column::kLabel, record, labels.size(), labels.data());
  for (std::uint64_t id = block.first; id < block.first + block.count; ++id)
    writer.append(Column::kLabel, &labels.at(id / views - record), 1);
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  cs::cli::require("output", !s.output.path.empty());
  const cs::store::Dataset input(
      call.operands, s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll, s.threads);
  cs::refuse_same_file(s.output.path, call.operands);
  if (input.header().views > 0)
    throw cs::DataError(input.name(), "holds views already; make views of the originals");
  const cv::Size size = view_size(input, s);
  const cs::augment::Policy policy(s.policy, size.height);
  cs::store::Writer writer(s.output.path, s.output.overwrite(),
                           header_of_views(input, call.step, s.views, size));

  const std::uint64_t begin = input.header().first * s.views;
  const std::uint64_t views = input.count() * s.views;
  // Views at a time: a few MiB, and on any number of threads no more than 64 MiB under way.
  const std::uint64_t most = (64U << 20U) / (2 * static_cast<std::uint64_t>(s.threads));
  const std::uint64_t rows =
      std::max<std::uint64_t>(std::min<std::uint64_t>(4U << 20U, most) / bytes_of(size), 1);
  cs::cli::Progress progress("views", views, call.verbosity);
  cs::Pipeline<Block> blocks((views + rows - 1) / rows, s.threads, [&](std::size_t index) {
    const std::uint64_t from = index * rows;
    return make_views(input, policy, s, size, {begin + from, std::min(rows, views - from), {}});
  });
  for (Block block; blocks.next(block);) {
    cs::check_stop();
    writer.append(Column::kImage, block.pixels.data(), block.count);
    append_labels(writer, input, block, s.views);
    progress.add(block.count);
  }
  writer.close();
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  return cs::cli::run_tool(
      {"cs-augment", "make augmented views of image shards", "IN..."}, argc, argv,
      [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
