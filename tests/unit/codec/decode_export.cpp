// Decodes the images in a folder, for decode_reference.py: decode_export FOLDER writes beside each
// FILE either FILE.rgb ("HEIGHT WIDTH\n" and the pixels) or FILE.error.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "codec/decode.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

int main(int /*argc*/, char** argv) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
    files.push_back(entry.path());
  for (const auto& file : files) {
    try {
      const cv::Mat rgb = cs::codec::decode(file.filename().string(), cs::read_file(file));
      std::ofstream out(file.string() + ".rgb", std::ios::binary);
      out << rgb.rows << ' ' << rgb.cols << '\n';
      out.write(reinterpret_cast<const char*>(rgb.data),
                static_cast<std::streamsize>(rgb.total() * 3));
    } catch (const cs::DataError& e) {
      std::ofstream(file.string() + ".error") << e.what();
    }
  }
}
