// load_shard SHARD image|embedding THREADS: for every line of standard input, opens the shard,
// checks all of it and loads the column into one fresh tensor. Prints the seconds of that and the
// sum of the numbers, so that a peer can show that it loaded the same.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <chrono>
#include <exception>
#include <iomanip>
#include <iostream>
#include <string>

#include "data/tensors.hpp"
#include "store/dataset.hpp"

namespace {

at::Tensor load(const std::string& path, const std::string& column, int threads) {
  const cs::store::Dataset dataset({path}, cs::store::Verify::kAll, threads);
  if (column == "image") return cs::data::read_images(dataset);
  return cs::data::read_vectors(dataset, cs::store::Column::kEmbedding);
}

void run(const std::string& path, const std::string& column, int threads) {
  at::set_num_threads(threads);
  std::cout << std::setprecision(15);
  for (std::string line; std::getline(std::cin, line);) {
    const auto begin = std::chrono::steady_clock::now();
    const at::Tensor tensor = load(path, column, threads);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    std::cout << seconds.count() << ' ' << tensor.sum(at::kDouble).item<double>() << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw std::runtime_error("usage: load_shard SHARD image|embedding THREADS");
    run(argv[1], argv[2], std::stoi(argv[3]));
  } catch (const std::exception& e) {
    std::cerr << "load_shard: " << e.what() << '\n';
    return 1;
  }
}
