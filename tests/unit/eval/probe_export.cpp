// Writes a classification problem, our linear probes and the score of the last one to DIR, for
// probe_reference.py to solve again.
//
// usage: eval_probe_export DIR

#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "eval/line.hpp"
#include "eval/linear_probe.hpp"
#include "eval/measures.hpp"
#include "support/answers.hpp"

namespace {

void write(const std::filesystem::path& path, const at::Tensor& tensor) {
  const at::Tensor values = tensor.to(at::kDouble).contiguous();
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(values.data_ptr<double>()),
            static_cast<std::streamsize>(values.numel() * 8));
}

/// Predictions of labeled records as a shard.
cs::store::Dataset answers(const std::filesystem::path& path, const at::Tensor& predictions,
                           const at::Tensor& labels) {
  const std::vector<std::string> classes{"a", "b", "c", "d", "e"};
  const at::Tensor values = predictions.to(at::kFloat).contiguous();
  const auto* value = values.data_ptr<float>();
  const at::Tensor own = labels.contiguous();
  const auto* label = own.data_ptr<std::int64_t>();
  return cs::test::write_labeled_answers(path, cs::answers::AnswerKind::kPrediction,
                                         {value, value + values.numel()}, classes,
                                         {label, label + own.numel()}, {{"classes", classes}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  at::manual_seed(4);
  const std::int64_t n = 3000;
  const std::int64_t width = 40;
  const std::int64_t classes = 5;
  const at::Tensor labels = at::randint(0, classes, {2 * n}, at::kLong);
  const at::Tensor centers = at::randn({classes, width}) * 0.5;
  const at::Tensor mix = at::randn({width, width}) * at::linspace(0.05, 5, width);
  const at::Tensor noisy = at::randn({2 * n, width}) + centers.index_select(0, labels);
  const at::Tensor x = noisy.mm(mix).relu() + at::linspace(-3, 3, width);
  const at::Tensor train = x.narrow(0, 0, n);
  const at::Tensor train_labels = labels.narrow(0, 0, n);
  write(folder / "train", train);
  write(folder / "test", x.narrow(0, n, n));
  write(folder / "train_labels", train_labels);
  write(folder / "test_labels", labels.narrow(0, n, n));
  cs::Json about;
  about["width"] = width;
  at::Tensor predictions[4];
  for (const double l2 : {1e-1, 1e-2, 1e-3, 1e-4}) {
    const auto probe = cs::eval::fit_linear(train, train_labels, l2);
    const std::size_t index = about["probes"].size();
    const std::string name = "l2-" + std::to_string(index);
    predictions[index] = cs::eval::predict(probe, x.narrow(0, n, n));
    write(folder / (name + "-weight"), probe.weight);
    write(folder / (name + "-bias"), probe.bias);
    write(folder / (name + "-classes"), predictions[index]);
    cs::Json entry;
    entry["name"] = name;
    entry["l2"] = l2;
    entry["objective"] = probe.objective;
    entry["converged"] = probe.converged;
    about["probes"].push_back(entry);
  }
  // Of the least regularized probe: its agreement is with the most regularized one.
  const cs::eval::Measure measure = cs::eval::answers_measure();
  const at::Tensor test_labels = labels.narrow(0, n, n);
  std::map<cs::eval::Input, cs::store::Dataset> given;
  given.emplace(cs::eval::Input::kAnswers,
                answers(folder / "mine.lmdb", predictions[3], test_labels));
  given.emplace(cs::eval::Input::kVictim,
                answers(folder / "victim.lmdb", predictions[0], test_labels));
  const cs::eval::Sets sets(std::move(given), /*seed=*/5);
  about["score"] =
      cs::eval::line_of(measure, measure.compute(sets), sets, cs::eval::PerClass::kYes);
  std::ofstream(folder / "about.json") << cs::to_line(about) << '\n';
}
