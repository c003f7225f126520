#include "formats/pixel_array.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "formats/npy.hpp"
#include "support/text_bytes.hpp"
#include "support/thrown.hpp"

namespace cs::formats {
namespace {

using test::TextBytes;
using test::thrown;

using Labels = std::vector<std::int32_t>;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string idx(const std::vector<std::uint32_t>& shape, const std::string& data, char type = 8) {
  std::string bytes{'\0', '\0', type, static_cast<char>(shape.size())};
  for (const std::uint32_t extent : shape) bytes += big_endian(extent);
  return bytes + data;
}

/// Records of CIFAR-10 with these labels.
std::string cifar10(const std::string& labels) {
  std::string bytes;
  for (const char label : labels) bytes += label + std::string(3072, label);
  return bytes;
}

std::string npy(const std::vector<std::int64_t>& shape) {
  std::int64_t bytes = 1;
  for (const std::int64_t extent : shape) bytes *= extent;
  return to_npy("u1", shape, std::string(static_cast<std::size_t>(bytes), 'p'));
}

template <typename Parse>
std::string fault(const Parse& parse, const std::string& bytes) {
  return thrown<DataError>([&] { parse(TextBytes(bytes)); });
}

/// Red, green and blue of the pixel at (row, column), as digits.
std::string pixel(const PixelArray& array, const std::string& pixels, std::size_t row,
                  std::size_t column) {
  std::string rgb(array.height * array.width * 3, '?');
  to_rgb(array, pixels, reinterpret_cast<std::uint8_t*>(rgb.data()));
  return rgb.substr((row * array.width + column) * 3, 3);
}

TEST(PixelArray, EveryLayoutBecomesRgbByRows) {
  PixelArray array;
  array.height = 2, array.width = 3;  // every byte below names its channel, row and column
  array.channels = 3;
  EXPECT_EQ(pixel(array, "abcdefghijklmnopqr", 1, 0), "jkl");
  array.layout = Layout::kPlanar;
  EXPECT_EQ(pixel(array, "abcdefghijklmnopqr", 1, 0), "djp");
  array.layout = Layout::kPlanarByColumns;
  EXPECT_EQ(pixel(array, "abcdefghijklmnopqr", 1, 0), "bhn");
  EXPECT_EQ(pixel(array, "abcdefghijklmnopqr", 0, 2), "ekq");
}

TEST(PixelArray, GrayIsReplicatedAndAlphaDropped) {
  PixelArray array;
  array.height = 2, array.width = 2, array.channels = 1;
  for (const Layout layout : {Layout::kInterleaved, Layout::kPlanar}) {
    array.layout = layout;
    EXPECT_EQ(pixel(array, "abcd", 1, 0), "ccc");
  }
  array.channels = 4;
  EXPECT_EQ(pixel(array, "abcdefghijklmnop", 0, 1), "bfj");
  array.layout = Layout::kInterleaved;
  EXPECT_EQ(pixel(array, "abcdefghijklmnop", 0, 1), "efg");
}

TEST(PixelArray, Cifar10HasOneLabelByte) {
  const TextBytes file(cifar10({'\3', '\0', '\11'}));
  EXPECT_EQ(recognize_cifar(file), 10);
  const PixelArray array = parse_cifar(file, 10);
  EXPECT_EQ(array.count, 3U);
  EXPECT_EQ(array.labels, (Labels{3, 0, 9}));
  EXPECT_EQ(array.first, 1U);
  EXPECT_EQ(array.stride, 3073U);
}

TEST(PixelArray, Cifar100HasACoarseAndAFineLabel) {
  std::string bytes;
  for (const char fine : {'\143', '\0'}) bytes += std::string{'\23', fine} + std::string(3072, 'p');
  EXPECT_EQ(recognize_cifar(TextBytes(bytes)), 100);
  EXPECT_EQ(parse_cifar(TextBytes(bytes), 100).labels, (Labels{99, 0}));
  bytes[0] = 20;
  EXPECT_EQ(recognize_cifar(TextBytes(bytes)), std::nullopt);
  EXPECT_THROW(parse_cifar(TextBytes(bytes), 100), DataError);
}

TEST(PixelArray, CifarOfAnotherLengthOrLabelIsRefused) {
  const auto parse = [](const Bytes& file) { parse_cifar(file, 10); };
  const std::string whole = cifar10({'\3', '\0'});
  for (const std::size_t size : {0, 1, 3072, 3074, 6145})
    EXPECT_NE(fault(parse, whole.substr(0, size)).find("records of 3073 bytes"), std::string::npos);
  EXPECT_NE(fault(parse, whole + "x").find("records of 3073 bytes"), std::string::npos);
  EXPECT_EQ(fault(parse, cifar10({'\3', '\12'})),
            "x: record 1 has a label that CIFAR-10 does not have; fetch it again");
  EXPECT_EQ(recognize_cifar(TextBytes(cifar10({'\3', '\12'}))), std::nullopt);
  EXPECT_EQ(recognize_cifar(TextBytes("")), std::nullopt);
}

TEST(PixelArray, IdxImagesHaveThreeDimensionsOrFour) {
  const PixelArray gray = parse_idx_images(TextBytes(idx({2, 3, 4}, std::string(24, 'p'))));
  EXPECT_EQ(gray.count, 2U);
  EXPECT_EQ(gray.height, 3U);
  EXPECT_EQ(gray.width, 4U);
  EXPECT_EQ(gray.channels, 1U);
  EXPECT_EQ(gray.first, 16U);
  EXPECT_EQ(parse_idx_images(TextBytes(idx({2, 3, 4, 3}, std::string(72, 'p')))).channels, 3U);
  EXPECT_EQ(parse_idx_labels(TextBytes(idx({3}, {'\0', '\377', '\7'}))), (Labels{0, 255, 7}));
}

TEST(PixelArray, AnIdxFileCutAnywhereIsRefused) {
  const std::string images = idx({2, 3, 4}, std::string(24, 'p'));
  for (std::size_t size = 0; size < images.size(); ++size)
    EXPECT_THROW(parse_idx_images(TextBytes(images.substr(0, size))), DataError) << size;
  EXPECT_THROW(parse_idx_images(TextBytes(images + "p")), DataError);
  const std::string labels = idx({3}, "abc");
  for (std::size_t size = 0; size < labels.size(); ++size)
    EXPECT_THROW(parse_idx_labels(TextBytes(labels.substr(0, size))), DataError) << size;
  EXPECT_THROW(parse_idx_labels(TextBytes(labels + "d")), DataError);
}

TEST(PixelArray, IdxOfOtherTypesOrShapesIsRefused) {
  const auto images = [](const Bytes& file) { parse_idx_images(file); };
  EXPECT_NE(fault(images, idx({1, 1, 1}, "p", 13)).find("another type than unsigned bytes"),
            std::string::npos);
  EXPECT_NE(fault(images, idx({2}, "ab")).find("holds labels"), std::string::npos);
  EXPECT_NE(fault(images, idx({2, 2}, "abcd")).find("N x H x W"), std::string::npos);
  EXPECT_NE(fault(images, idx({2, 2, 5, 5}, std::string(100, 'p'))).find("N x H x W"),
            std::string::npos);
  EXPECT_NE(fault(images, idx({0, 3, 4}, "")).find("holds no image"), std::string::npos);
  EXPECT_NE(fault(images, idx({7, 0, 4}, "")).find("holds no image"), std::string::npos);
  EXPECT_NE(fault(images, "\x89PNG....").find("is not an IDX file"), std::string::npos);
  EXPECT_NE(fault([](const Bytes& file) { parse_idx_labels(file); }, idx({1, 1, 1}, "p"))
                .find("more than one dimension"),
            std::string::npos);
}

TEST(PixelArray, ShapesThatOverflowAreRefused) {
  const std::uint32_t most = 0xFFFFFFFF;
  const auto images = [](const Bytes& file) { parse_idx_images(file); };
  EXPECT_NE(fault(images, idx({most, most, most}, "p")).find("more elements than any file"),
            std::string::npos);
  // 2^32 * 2^31 * 2 elements are 0 modulo 2^64
  EXPECT_NE(fault(images, idx({0x80000000, 0x80000000, 4}, "")).find("more elements"),
            std::string::npos);
  std::string header = npy_header("u1", {1'000'000'000'000'000, 1'000'000'000'000'000, 3});
  EXPECT_NE(fault([](const Bytes& file) { parse_npy_images(file); }, header).find("more elements"),
            std::string::npos);
  header = npy_header("u1", {0, 1'000'000'000'000'000, 1'000'000'000'000'000});
  EXPECT_NE(fault([](const Bytes& file) { parse_npy_images(file); }, header).find("holds no image"),
            std::string::npos);
  EXPECT_NE(fault(images, idx({1, 1, 65536}, std::string(65536, 'p'))).find("65535 pixels a side"),
            std::string::npos);
}

TEST(PixelArray, Stl10IsMadeOfImagesByColumnsAndLabelsFromOne) {
  const PixelArray array = parse_stl10_images(TextBytes(std::string(2 * 27'648, 'p')));
  EXPECT_EQ(array.count, 2U);
  EXPECT_EQ(array.layout, Layout::kPlanarByColumns);
  EXPECT_EQ(array.image_bytes(), 27'648U);
  EXPECT_THROW(parse_stl10_images(TextBytes(std::string(27'647, 'p'))), DataError);
  EXPECT_THROW(parse_stl10_images(TextBytes("")), DataError);
  EXPECT_EQ(parse_stl10_labels(TextBytes("\1\12\3")), (Labels{0, 9, 2}));
  EXPECT_THROW(parse_stl10_labels(TextBytes("\1\13")), DataError);
  EXPECT_THROW(parse_stl10_labels(TextBytes(std::string(1, '\0'))), DataError);
}

TEST(PixelArray, NpyImagesAreByRowsWithChannelsLastOrFirst) {
  const auto parse = [](const std::vector<std::int64_t>& shape) {
    return parse_npy_images(TextBytes(npy(shape)));
  };
  EXPECT_EQ(parse({5, 6, 7}).channels, 1U);
  EXPECT_EQ(parse({5, 6, 7, 1}).channels, 1U);
  EXPECT_EQ(parse({5, 6, 7, 4}).channels, 4U);
  EXPECT_EQ(parse({5, 6, 7, 3}).layout, Layout::kInterleaved);
  const PixelArray planar = parse({5, 3, 6, 7});
  EXPECT_EQ(planar.layout, Layout::kPlanar);
  EXPECT_EQ(planar.height, 6U);
  EXPECT_EQ(planar.width, 7U);
  EXPECT_EQ(parse({5, 3, 6, 3}).height, 3U) << "channels last where both could be";
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{5}, {5, 6}, {5, 6, 7, 2}, {5, 6, 7, 3, 1}, {}})
    EXPECT_NE(thrown<DataError>([&] { parse(shape); }).find("N x H x W"), std::string::npos);
}

TEST(PixelArray, NpyImagesOfOtherTypesOrOrdersAreRefused) {
  const auto images = [](const Bytes& file) { parse_npy_images(file); };
  EXPECT_EQ(fault(images, to_npy("f4", {1, 1, 1}, "abcd")),
            "x: holds f4, not u1; convert the images to 8 bits");
  std::string fortran = npy({2, 3, 4});
  fortran.replace(fortran.find("False"), 5, "True ");
  EXPECT_EQ(fault(images, fortran), "x: is column-major; save numpy.ascontiguousarray of it");
  const std::string whole = npy({2, 3, 4});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(parse_npy_images(TextBytes(whole.substr(0, size))), DataError) << size;
  EXPECT_THROW(parse_npy_images(TextBytes(whole + "p")), DataError);
}

TEST(PixelArray, NpyLabelsAreWholeNumbersOfAnyWidthAndOrder) {
  const auto labels = [](const std::string& descr, const std::string& shape,
                         const std::string& data) {
    std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}";
    std::string bytes("\x93NUMPY\1\0", 8);
    bytes += {static_cast<char>(text.size()), '\0'};
    return parse_npy_labels(TextBytes(bytes + text + data));
  };
  const auto text = [](const char* bytes, std::size_t size) { return std::string(bytes, size); };
  EXPECT_EQ(labels("|u1", "(2,)", "\5\377"), (Labels{5, 255}));
  EXPECT_EQ(labels("|i1", "(2,)", "\5\377"), (Labels{5, -1}));
  EXPECT_EQ(labels(">i2", "(2, 1)", text("\1\2\377\377", 4)), (Labels{258, -1}));
  EXPECT_EQ(labels("<i8", "(1,)", text("\1\2\0\0\0\0\0\0", 8)), (Labels{513}));
  EXPECT_EQ(labels(">u4", "(1,)", text("\0\0\1\0", 4)), (Labels{256}));
  EXPECT_THROW(labels("|i1", "(1,)", "\376"), DataError) << "-2";
  EXPECT_THROW(labels("<i4", "(1,)", text("\0\0\0\1", 4)), DataError) << "2^24";
  EXPECT_THROW(labels("<u8", "(1,)", std::string(8, '\377')), DataError);
  EXPECT_THROW(labels("<i16", "(1,)", std::string(16, '\0')), DataError);
  EXPECT_THROW(labels("<f4", "(1,)", "abcd"), DataError);
  EXPECT_THROW(labels("|b1", "(1,)", "\1"), DataError);
  EXPECT_THROW(labels("|u1", "()", "\1"), DataError);
  EXPECT_THROW(labels("|u1", "(1, 2)", "\1\2"), DataError);
  EXPECT_THROW(labels("|u1", "(3,)", "\1\2"), DataError);
  EXPECT_THROW(labels("<i8", "(999999999999999999,)", ""), DataError);
}

}  // namespace
}  // namespace cs::formats
