/// The images of a dataset as a victim is asked about them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "answers/victim.hpp"
#include "store/dataset.hpp"

namespace cs::answers {

/// Queries and the pixels that they point to.
class Queries {
 public:
  Queries() = default;
  Queries(Queries&&) = default;
  Queries& operator=(Queries&&) = default;
  Queries(const Queries&) = delete;
  Queries& operator=(const Queries&) = delete;
  ~Queries() = default;

  const std::vector<Query>& list() const { return list_; }

  /// Queries of ids alone.
  static Queries without_images(std::uint64_t first, std::uint64_t count);

 private:
  friend Queries read_queries(const store::Dataset&, std::uint64_t, std::uint64_t, int);
  std::vector<std::uint8_t> pixels_;
  std::vector<Query> list_;
};

/// The queries for ids `first` .. `first + count - 1`: raw images as they are, encoded ones as
/// their central squares at `side` x `side`. Throws DataError if the dataset holds no RGB images or
/// one does not decode. Safe from several threads.
Queries read_queries(const store::Dataset& images, std::uint64_t first, std::uint64_t count,
                     int side);

/// Calls `take` with all queries in id order, some MiB of pixels at a time, read ahead and decoded
/// by `threads` threads, until it returns false.
void for_each_piece(const store::Dataset& images, int side, int threads,
                    const std::function<bool(Queries piece)>& take);

}  // namespace cs::answers
