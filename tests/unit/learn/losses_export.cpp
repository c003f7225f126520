// Writes inputs, losses and gradients to stdout as JSON, for losses_reference.py to compute again.

#include <ATen/ATen.h>

#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "learn/losses.hpp"

namespace {

std::vector<float> numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  const float* first = flat.data_ptr<float>();
  return {first, first + flat.numel()};
}

using Loss = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;

cs::Json measure(const std::string& name, double tau, const at::Tensor& s, const at::Tensor& t,
                 const Loss& loss) {
  at::Tensor leaf = s.detach().clone().requires_grad_();
  const at::Tensor value = loss(leaf, t);
  value.backward();
  cs::Json json;
  json["loss"] = name;
  json["tau"] = tau;
  json["value"] = value.item<float>();
  json["gradient"] = numbers(leaf.grad());
  return json;
}

}  // namespace

int main() {
  namespace learn = cs::learn;
  at::manual_seed(9);
  const at::Tensor s = at::randn({12, 20});
  const at::Tensor t = at::randn({12, 20}) + 0.5 * s;
  cs::Json out;
  out["rows"] = s.size(0);
  out["surrogate"] = numbers(s);
  out["victim"] = numbers(t);
  out["results"] = {measure("mse", 1, s, t, learn::mse), measure("cosine", 1, s, t, learn::cosine),
                    measure("kl", 1, s, t, [](const auto& a, const auto& b) {
                      return learn::kl(a, b.softmax(1));
                    })};
  for (const double tau : {0.07, 0.5}) {
    out["results"].push_back(measure("nt_xent", tau, s, t, [&](const auto& a, const auto& b) {
      return learn::nt_xent(a, b, tau);
    }));
    for (int bits = 0; bits < 8; ++bits) {
      const learn::ContStealTerms terms{(bits & 1) == 0, (bits & 2) != 0, (bits & 4) != 0};
      const auto name = std::string("cont_steal") + (terms.self_negatives ? "" : "_no_self") +
                        (terms.positive_in_denominator ? "_positive" : "") +
                        (terms.symmetric ? "_symmetric" : "");
      out["results"].push_back(measure(name, tau, s, t, [&](const auto& a, const auto& b) {
        return learn::cont_steal(a, b, tau, terms);
      }));
    }
  }
  std::cout << cs::to_line(out) << std::endl;
}
