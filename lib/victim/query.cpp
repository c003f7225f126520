#include "victim/query.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "core/pipeline.hpp"
#include "core/stop.hpp"
#include "data/tensors.hpp"

namespace cs::victim {

void query_images(const Victim& victim, const store::Dataset& images, const QueryOptions& options,
                  const std::function<void(const at::Tensor& answers)>& take) {
  const std::uint64_t end = images.header().first + images.count();
  const auto batch = static_cast<std::uint64_t>(options.batch);
  Pipeline<at::Tensor> batches(
      (images.count() + batch - 1) / batch, options.threads, [&](std::size_t index) {
        at::set_num_threads(1);  // of this thread: another OpenMP team would change sums
        const std::uint64_t first = images.header().first + index * batch;
        const std::uint64_t rows = std::min(batch, end - first);
        at::Tensor pixels = data::read_images(images, first, rows);
        if (rows < batch)
          pixels = at::constant_pad_nd(
              pixels, {0, 0, 0, 0, 0, 0, 0, static_cast<std::int64_t>(batch - rows)});
        return victim.answer(pixels).narrow(0, 0, static_cast<std::int64_t>(rows));
      });
  for (at::Tensor answers; batches.next(answers);) {
    check_stop();
    take(answers);
  }
}

}  // namespace cs::victim
