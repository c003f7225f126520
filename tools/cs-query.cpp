// cs-query: ask an encoder about every image of a dataset.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/progress.hpp"
#include "cli/run_tool.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "nn/device.hpp"
#include "store/dataset.hpp"
#include "store/writer.hpp"
#include "victim/query.hpp"
#include "victim/victim.hpp"

namespace {

using cs::store::Column;

struct Settings {
  cs::cli::Output output;
  std::string victim;
  bool allow_code = false;
  std::optional<std::int64_t> input_size;
  cs::cli::PerChannel mean, std;
  std::int64_t batch = 128;
  std::string dtype = "f32";
  std::string device = "auto";
  std::string precision = "auto";
  int threads = 1;
  bool no_verify = false;
};

void declare(cs::cli::OptionTable& table, Settings& s) {
  cs::cli::add_output(table, s.output);
  table
      .text("victim", "FILE|pixels", s.victim,
            "The encoder: one of ours (.safetensors), TorchScript, or the pixels themselves.",
            cs::cli::Recorded::kNo)
      .flag("allow-code", s.allow_code, "Run a TorchScript victim: such a file is a program.",
            cs::cli::Recorded::kNo)
      .custom("input-size", "N",
              "Side to which images are resized for a victim that does not "
              "state its own.",
              "the shard's", [&s](const std::string& value) {
                s.input_size =
                    static_cast<std::int64_t>(cs::parse_unsigned("--input-size", value, 1, 4096));
              });
  cs::cli::add_normalization(table, s.mean, s.std);
  table.whole("batch", s.batch, 1, 65536, "Images asked at a time.")
      .choice("dtype", {"f32", "f16"}, s.dtype, "Type in which answers are stored.");
  cs::cli::add_device(table, s.device, s.precision);
  cs::cli::add_threads(table, s.threads);
  cs::cli::add_verify(table, s.no_verify);
}

cs::victim::VictimOptions victim_options(const Settings& s, const cs::store::Dataset& input) {
  cs::victim::VictimOptions options;
  options.allow_code = s.allow_code ? cs::victim::AllowCode::kYes : cs::victim::AllowCode::kNo;
  options.image_size = input.require(Column::kImage).shape.at(0);
  options.input_size = s.input_size;
  options.mean = s.mean;
  options.std = s.std;
  options.device = cs::nn::parse_device(s.device);
  options.precision =
      cs::nn::parse_precision(s.precision, options.device, cs::nn::Work::kInference);
  return options;
}

/// The shard of answers, made when the first batch has shown how wide they are.
class Answers {
 public:
  Answers(const Settings& s, const cs::store::Dataset& input, const cs::victim::Victim& victim,
          const cs::Json& step)
      : s_(s), header_(cs::store::derived_header(input, step)) {
    header_.about = cs::to_line({{"victim", victim.about()}});
    header_.columns.clear();
    if (const auto* label = input.header().find(Column::kLabel)) header_.columns = {*label};
    header_.of = input.header().fingerprint;
    header_.victim = victim.id();
  }

  void append(const at::Tensor& vectors) {
    const bool half = s_.dtype == "f16";
    if (!writer_) {
      header_.columns.push_back(cs::store::vector_spec(
          Column::kEmbedding, half ? cs::store::Type::kF16 : cs::store::Type::kF32,
          static_cast<std::uint32_t>(vectors.size(1))));
      writer_.emplace(s_.output.path, s_.output.overwrite(), header_);
    }
    const at::Tensor stored = half ? vectors.to(at::kHalf) : vectors;
    if (half && !at::isfinite(stored).all().item<bool>())
      throw cs::DataError(s_.victim, "answers with numbers too large for f16; use --dtype f32");
    writer_->append(Column::kEmbedding, stored.data_ptr(),
                    static_cast<std::size_t>(stored.size(0)));
  }

  void close(const cs::store::Dataset& input) {
    if (header_.find(Column::kLabel) != nullptr) {
      std::vector<std::int32_t> labels(input.count());
      input.read(Column::kLabel, input.header().first, input.count(), labels.data());
      writer_->append(Column::kLabel, labels.data(), labels.size());
    }
    writer_->close();
  }

 private:
  const Settings& s_;
  cs::store::Header header_;
  std::optional<cs::store::Writer> writer_;
};

void run(const Settings& s, const cs::cli::Invocation& call) {
  cs::cli::require("output", !s.output.path.empty());
  cs::cli::require("victim", !s.victim.empty());
  cs::refuse_same_file(s.output.path, std::vector<std::string>{s.victim});
  { const cs::PendingFile early(s.output.path, s.output.overwrite()); }  // before anything is asked
  const cs::store::Dataset input(
      call.operands, s.no_verify ? cs::store::Verify::kLength : cs::store::Verify::kAll);
  cs::refuse_same_file(s.output.path, call.operands);
  if (input.count() == 0) throw cs::DataError(input.name(), "holds no image to ask about");
  const auto victim = cs::victim::open_victim(s.victim, victim_options(s, input));
  cs::Json step = call.step;
  step["victim"] = victim->id();

  Answers answers(s, input, *victim, step);
  cs::cli::Progress progress("images", input.count(), call.verbosity);
  cs::victim::query_images(*victim, input, {s.batch, s.threads}, [&](const at::Tensor& vectors) {
    answers.append(vectors);
    progress.add(static_cast<std::uint64_t>(vectors.size(0)));
  });
  answers.close(input);
}

}  // namespace

int main(int argc, char** argv) {
  cs::nn::keep_freed_memory();
  Settings s;
  return cs::cli::run_tool(
      {"cs-query", "ask an encoder about every image of a dataset", "IN..."}, argc, argv,
      [&](cs::cli::OptionTable& table) { declare(table, s); },
      [&](const cs::cli::Invocation& call) { run(s, call); });
}
