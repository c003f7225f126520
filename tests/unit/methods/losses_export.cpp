// Writes inputs, losses and gradients of f32 and f64 to stdout as JSON, for losses_reference.py to
// compute again.

#include <ATen/ATen.h>

#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "methods/losses.hpp"

namespace {

namespace methods = cs::methods;

std::vector<double> numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kDouble).contiguous();
  const double* first = flat.data_ptr<double>();
  return {first, first + flat.numel()};
}

using Loss = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;

/// Losses of one pair of matrices, with their gradients in both.
class Measure {
 public:
  Measure(at::Tensor a, at::Tensor b, cs::Json& results)
      : a_(std::move(a)), b_(std::move(b)), results_(results) {}

  void operator()(const std::string& name, double tau, const Loss& loss) const {
    const at::Tensor a = a_.detach().clone().requires_grad_();
    const at::Tensor b = b_.detach().clone().requires_grad_();
    const at::Tensor value = loss(a, b);
    value.backward();
    cs::Json json;
    json["loss"] = name;
    json["tau"] = tau;
    json["type"] = std::string(at::toString(value.scalar_type()));
    json["value"] = value.item<double>();
    json["gradients"] = {numbers(a.grad()), numbers(b.grad())};
    results_.push_back(json);
  }

 private:
  at::Tensor a_, b_;
  cs::Json& results_;
};

void measure_contrasts(const Measure& measure, const at::Tensor& queue, double tau) {
  measure("nt_xent", tau,
          [&](const auto& a, const auto& b) { return methods::nt_xent(a, b, tau); });
  measure("rda", tau, [&](const auto& a, const auto& b) { return methods::rda(a, b, tau); });
  measure("queue_contrast", tau,
          [&](const auto& a, const auto& b) { return methods::queue_contrast(a, b, queue, tau); });
  for (int bits = 0; bits < 8; ++bits) {
    const methods::ContStealTerms terms{(bits & 1) == 0, (bits & 2) != 0, (bits & 4) != 0};
    const auto name = std::string("cont_steal") + (terms.self_negatives ? "" : "_no_self") +
                      (terms.positive_in_denominator ? "_positive" : "") +
                      (terms.symmetric ? "_symmetric" : "");
    measure(name, tau,
            [&](const auto& a, const auto& b) { return methods::cont_steal(a, b, tau, terms); });
  }
}

cs::Json measure_all(at::ScalarType type) {
  const auto options = at::TensorOptions(type);
  const at::Tensor s = at::randn({12, 20}, options);
  const at::Tensor t = 0.6 * at::randn({12, 20}, options) + 0.2 * s;
  const at::Tensor queue = 0.3 * at::randn({9, 20}, options);  // rows of no particular length
  cs::Json out;
  out["rows"] = s.size(0);
  out["s"] = numbers(s);
  out["t"] = numbers(t);
  out["queue"] = numbers(queue);
  out["results"] = cs::Json::array();
  const Measure measure(s, t, out["results"]);
  measure("mse", 1, methods::mse);
  measure("cosine", 1, methods::cosine);
  measure("barlow", 1, methods::barlow);
  measure("unit_distance", 1, methods::unit_distance);
  measure("kl", 1, [](const auto& a, const auto& b) { return methods::kl(a, b.softmax(1)); });
  for (const double temperature : {3.0, 100.0}) {
    measure("soft_nn", temperature,
            [&](const auto& a, const auto& b) { return methods::soft_nn(a, b, temperature); });
  }
  for (const double tau : {0.07, 0.5}) measure_contrasts(measure, queue, tau);
  return out;
}

}  // namespace

int main() {
  at::manual_seed(9);
  cs::Json out;
  for (const auto type : {at::kFloat, at::kDouble}) out.push_back(measure_all(type));
  std::cout << cs::to_line(out) << std::endl;
}
