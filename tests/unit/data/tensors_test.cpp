#include "data/tensors.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "store/writer.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"

namespace cs::data {
namespace {

using store::Column;
using store::Dataset;

TEST(Tensors, OfManyImagesAreReadOnSeveralThreads) {
  const test::TempDir dir;
  constexpr std::int64_t kCount = 500;
  constexpr std::uint32_t kSide = 128;
  store::Header header;
  header.columns = {store::image_spec(kSide, kSide)};
  store::Writer writer(dir / "s.lmdb", Overwrite::kRefuse, header);
  for (std::int64_t i = 0; i < kCount; ++i)
    writer.append(Column::kImage,
                  std::string(std::size_t{3} * kSide * kSide, static_cast<char>(i)).data(), 1);
  writer.close();
  const at::Tensor ids = at::arange(kCount).to(at::kByte).reshape({kCount, 1, 1, 1});
  for (const int threads : {1, 3}) {
    const Dataset dataset({dir / "s.lmdb"}, store::Verify::kAll, threads);
    const at::Tensor images = read_images(dataset);
    EXPECT_EQ(images.sizes(), at::IntArrayRef({kCount, kSide, kSide, 3}));
    EXPECT_TRUE(at::equal(images, ids.expand_as(images)));
    EXPECT_TRUE(at::equal(read_images(dataset, 7, 2), images.narrow(0, 7, 2)));
  }
}

/// Vectors as they read back from a shard that stores them as `type`.
at::Tensor stored_as(store::Type type, const at::Tensor& values) {
  const test::TempDir dir;
  store::Header header;
  header.columns = {
      store::vector_spec(Column::kEmbedding, type, static_cast<std::uint32_t>(values.size(1)))};
  header.of = Digest{1, 1};
  store::Writer writer(dir / "v.lmdb", Overwrite::kRefuse, header);
  const at::Tensor stored = values.to(type == store::Type::kF16 ? at::kHalf : at::kFloat);
  writer.append(Column::kEmbedding, stored.data_ptr(), static_cast<std::size_t>(values.size(0)));
  writer.close();
  return read_vectors(Dataset({dir / "v.lmdb"}), Column::kEmbedding);
}

TEST(Tensors, OfVectorsHoldWhatIsStored) {
  at::Tensor values = at::linspace(-3, 3, 1000 * 77).reshape({1000, 77});
  values[3][5] = std::numeric_limits<float>::max();
  values[4][6] = -std::numeric_limits<float>::denorm_min();
  EXPECT_TRUE(at::equal(stored_as(store::Type::kF32, values), values));
  values[3][5] = 65504.0F;  // the largest that f16 has
  EXPECT_TRUE(at::equal(stored_as(store::Type::kF16, values), values.to(at::kHalf).to(at::kFloat)));
}

TEST(Tensors, OfVectorsAreRefusedIfOneNumberIsNotFinite) {
  for (const store::Type type : {store::Type::kF32, store::Type::kF16})
    for (const float bad :
         {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
          std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN()})
      for (const std::int64_t at : {0, 1, 30, 16 * 31 - 1}) {
        at::Tensor values = at::ones({16, 31});
        values.reshape({-1})[at] = bad;
        EXPECT_THROW(stored_as(type, values), DataError) << bad << " at " << at;
      }
}

}  // namespace
}  // namespace cs::data
