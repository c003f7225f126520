// Writes the cache that read_cache.py reads. Image i is 3 x 2 pixels, byte k is 7 * i + k; its
// answer is i and -i.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "answers/cache.hpp"
#include "records/digest.hpp"

namespace {

void fill(const char* folder) {
  cs::Digest victim;
  for (int byte = 1; byte <= 16; ++byte) {
    victim.high = victim.high << 8U | victim.low >> 56U;
    victim.low = victim.low << 8U | static_cast<std::uint64_t>(byte);
  }
  std::vector<cs::Digest> images;
  std::vector<cs::answers::Outcome> outcomes;
  std::string scratch;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::uint8_t> pixels;
    for (int k = 0; k < 18; ++k) pixels.push_back(static_cast<std::uint8_t>(7 * i + k));
    images.push_back(cs::records::image_digest(3, 2, pixels.data(), scratch));
    const auto number = static_cast<float>(i);
    outcomes.push_back(cs::answers::Outcome::answered({number, -number}));
  }
  cs::answers::AnswerCache cache(folder, cs::answers::Access::kWrite);
  std::vector<cs::Digest> wanted(images.begin(), images.begin() + 3);
  const cs::answers::Target posterior{victim, cs::answers::AnswerKind::kPosterior};
  cache.claim(posterior, {"evaluation", {}}, wanted, 3);
  cache.fail();
  wanted = images;
  const cs::answers::Target embedding{victim, cs::answers::AnswerKind::kEmbedding};
  cache.claim(embedding, {}, wanted, images.size());
  cache.settle(outcomes);
  wanted = images;
  cache.claim(posterior, {"evaluation", {}}, wanted, 5);  // left as a process that dies leaves it
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    fill(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "export_cache: %s\n", e.what());
    return 1;
  }
  return 0;
}
