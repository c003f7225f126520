/// Optimizers and learning-rate schedules.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace torch::optim {
class Optimizer;
}

namespace cs::learn {

enum class OptimizerKind {
  kSgd,   ///< v = momentum v + (g + wd w); w -= lr v
  kAdam,  ///< Kingma and Ba, ICLR 2015; betas .9, .999, eps 1e-8; weight decay is added to g
};

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kSgd;
  double lr = 0.1;
  double momentum = 0.9;  ///< kSgd only
  double weight_decay = 0;
};

/// Updates `parameters` from their gradients, as torch.optim does. Weight decay is on all of them.
class Optimizer {
 public:
  /// Throws UsageError for a learning rate that is not positive, or a negative momentum or decay.
  Optimizer(std::vector<at::Tensor> parameters, const OptimizerOptions& options);
  ~Optimizer();
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void set_lr(double lr);
  void clear_gradients();  ///< frees them, so that backward() writes instead of adding
  void step();

 private:
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::vector<at::Tensor> parameters_;
};

enum class Schedule {
  kConstant,
  kCosine,  ///< half a cosine from lr down towards 0 (Loshchilov and Hutter, ICLR 2017), by epoch
};

/// What epoch `epoch` of `epochs` (from 0) multiplies the learning rate by: (e+1) / warmup in the
/// first `warmup` epochs, then (1 + cos(pi (e - warmup) / (epochs - warmup))) / 2, or 1.
double schedule_factor(Schedule schedule, std::int64_t epoch, std::int64_t epochs,
                       std::int64_t warmup);

/// `sgd` and `adam`, `constant` and `cosine`: the words of options and logs. The parsers throw
/// UsageError naming the words there are.
std::string to_string(OptimizerKind kind);
std::string to_string(Schedule schedule);
OptimizerKind parse_optimizer(const std::string& text);
Schedule parse_schedule(const std::string& text);

}  // namespace cs::learn
