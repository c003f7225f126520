// cs-augment: make augmented views of image shards.

#include <algorithm>
#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "augment/policy.hpp"
#include "cli/progress.hpp"
#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "core/pipeline.hpp"
#include "core/stop.hpp"
#include "store/dataset.hpp"
#include "store/writer.hpp"

namespace {

using cs::store::Column;

struct Settings {
  cs::cli::Output output;
  std::uint64_t views = 1;
  std::string policy = "simclr";
  std::uint64_t seed = 0;
  int threads = 1;
  bool no_verify = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  cs::cli::add_output(table, s.output);
  table.whole("views", s.views, 1, 1'000'000, "Views of every record.")
      .choice("policy", cs::augment::policy_names(), s.policy, "How a view is drawn.");
  cs::cli::add_seed(table, s.seed);
  cs::cli::add_threads(table, s.threads);
  cs::cli::add_verify(table, s.no_verify);
}

cs::store::Header header_of_views(const cs::store::Dataset& input, const cs::Json& step,
                                  std::uint64_t views) {
  cs::store::Header header = cs::store::derived_header(input, step);
  header.columns = {input.require(Column::kImage)};
  if (const auto* label = input.header().find(Column::kLabel)) header.columns.push_back(*label);
  header.first *= views;
  header.views = views;
  header.originals = input.header().fingerprint;
  return header;
}

/// All views of some records, one after the other.
struct Block {
  std::uint64_t first = 0, count = 0;
  std::vector<std::uint8_t> pixels;
};

Block make_views(const cs::store::Dataset& input, const cs::augment::Policy& policy,
                 const Settings& s, std::uint64_t first, std::uint64_t count) {
  const cs::store::ColumnSpec& spec = input.require(Column::kImage);
  const std::size_t size = spec.record_bytes();
  const int height = static_cast<int>(spec.shape.at(0));
  const int width = static_cast<int>(spec.shape.at(1));
  std::vector<std::uint8_t> originals(count * size);
  input.read(Column::kImage, first, count, originals.data());
  Block block{first, count, {}};
  for (std::uint64_t i = 0; i < count; ++i) {
    const cv::Mat image(height, width, CV_8UC3, originals.data() + i * size);
    for (std::uint64_t view = 0; view < s.views; ++view) {
      const cs::Random random(s.seed, cs::Purpose::kView, first + i,
                              static_cast<std::uint32_t>(view));
      const cv::Mat made = policy.apply(image, height == width ? height : 0, random);
      block.pixels.insert(block.pixels.end(), made.data, made.data + size);
    }
  }
  return block;
}

void append_labels(cs::store::Writer& writer, const cs::store::Dataset& input, const Block& block,
                   std::uint64_t views) {
  if (input.header().find(Column::kLabel) == nullptr) return;
  std::vector<std::int32_t> labels(block.count);
  input.read(Column::kLabel, block.first, block.count, labels.data());
  for (const std::int32_t label : labels)
    for (std::uint64_t view = 0; view < views; ++view) writer.append(Column::kLabel, &label, 1);
}

void run(const Settings& s, const cs::cli::Invocation& call) {
  cs::cli::require("output", !s.output.path.empty());
  const cs::store::Dataset input(
      call.operands, s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll);
  cs::refuse_same_file(s.output.path, call.operands);
  const cs::store::ColumnSpec& spec = input.require(Column::kImage);
  if (input.header().views > 0)
    throw cs::DataError(input.name(), "holds views already; make views of the originals");
  if (spec.encoding != cs::store::Encoding::kRaw)
    throw cs::DataError(input.name(), "holds images of several sizes; pass cs-sample --size");
  const cs::augment::Policy policy(s.policy, static_cast<int>(spec.shape.at(0)));
  cs::store::Writer writer(s.output.path, s.output.overwrite(),
                           header_of_views(input, call.step, s.views));

  const std::uint64_t first = input.header().first;
  const std::uint64_t rows =  // a few MiB of views at a time
      std::clamp<std::uint64_t>((4U << 20U) / (spec.record_bytes() * s.views), 1, 1024);
  cs::cli::Progress progress("records", input.count(), call.verbosity);
  cs::Pipeline<Block> blocks((input.count() + rows - 1) / rows, s.threads, [&](std::size_t index) {
    const std::uint64_t from = index * rows;
    return make_views(input, policy, s, first + from, std::min(rows, input.count() - from));
  });
  for (Block block; blocks.next(block);) {
    cs::check_stop();
    writer.append(Column::kImage, block.pixels.data(), block.count * s.views);
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
