#include "source/refusal.hpp"

#include <gtest/gtest.h>

#include "source/open.hpp"
#include "support/operands.hpp"

namespace cs::source {
namespace {

using namespace std::string_literals;
using test::expect_data_error;

class RefusalTest : public test::SourceFolder {
 protected:
  void expect_refusal(const std::string& name, const std::string& text) {
    expect_data_error(path(name).string() + ": " + text,
                      [&] { open_source(path(name).string(), options()); });
  }

  const std::string cifar_pickle_ = "\x80\2}q\1(U\x0b"s + "batch_labelq\2U" + std::string(50, 'x');
  const std::string hdf5_ = "\x89HDF\r\n\x1a\n" + std::string(100, '\0');
  const std::string onnx_ = "\x08\x07\x12\x07pytorch\x1a"s;
  const std::string legacy_torch_ = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.rest";
};

TEST_F(RefusalTest, FilesAreNamedAsWhatTheyAreWithTheWayOut) {
  write("data_batch_1", cifar_pickle_);
  expect_refusal("data_batch_1", "is a Python pickle of CIFAR; get the binary version");
  write("some.pkl", "\x80\4\x95rest");
  expect_refusal("some.pkl", "is a Python pickle; save its images as a .npy array");
  write("images.h5", hdf5_);
  expect_refusal("images.h5", "is an HDF5 file; save its images as a .npy array");
  write("train.parquet", "PAR1...");
  expect_refusal("train.parquet", "is a Parquet table; write its images as files");
  write("net.onnx", onnx_);
  expect_refusal("net.onnx", "is an ONNX model; that is a model; give images");
  write("net.pth", legacy_torch_);
  expect_refusal("net.pth",
                 "is pickled tensors of PyTorch (torch.save before 1.6); that is a model");
  write("page.zip", "<!DOCTYPE html><html>");
  expect_refusal("page.zip", "is a web page (HTML); fetch the file itself");
  write("set.7z", "7z\xbc\xaf\x27\x1c...");
  expect_refusal("set.7z", "is a 7z archive; pack it as a tar or zip instead");
  write("nothing", "");
  expect_refusal("nothing", "is empty; fetch the file itself");
  write("list.txt", "a.png\nb.png\n");
  expect_refusal("list.txt", "is text; give a folder");
  write("zeros", std::string(100, '\0'));
  expect_refusal("zeros", "is no source of a known kind");
  write("renamed.dat", test::encoded_image(".png", 4, 4, {1, 2, 3}));
  expect_refusal("renamed.dat", "is one image; give its folder");
}

TEST_F(RefusalTest, ATorchZipIsNoArchiveOfImages) {
  write_zip("net.pt", {{"net/data.pkl", "\x80\2}rest"}, {"net/data/0", "1234"}}, "store");
  expect_refusal("net.pt", "is pickled tensors of PyTorch (torch.save)");
}

TEST_F(RefusalTest, AZipWithAPickleBesideImagesIsASource) {
  write_zip("set.zip", {{"meta/data.pkl", "\x80\2}rest"}, {"1.png", "x"}}, "store");
  EXPECT_EQ(open_source(path("set.zip").string(), options())->size(), 1U);
  EXPECT_TRUE(remarked("passed over 1 file that is no image: meta/data.pkl"));
}

TEST_F(RefusalTest, ContainersSayWhatTheyHoldInstead) {
  for (const char* name : {"py/data_batch_1", "py/data_batch_2", "py/test_batch"})
    write(name, cifar_pickle_);
  write("py/readme.html", "<html>");
  write("py/batches.meta", "\x80\2}q\1(rest");
  expect_refusal("py",
                 "holds no image: 'data_batch_1' (and 2 more) is a Python pickle of CIFAR; "
                 "get the binary version");
  write_tar("py.tar.gz", {{"py/data_batch_1", cifar_pickle_}, {"py/x.txt", "text"}});
  expect_refusal("py.tar.gz", "holds no image: 'py/data_batch_1' is a Python pickle of CIFAR");
  write("rows/0.parquet", "PAR1...");
  expect_refusal("rows", "holds no image: '0.parquet' is a Parquet table");
  write("notes/a.txt", "text");
  expect_refusal("notes", "holds no image: 'a.txt' is text; name another source or prefix");
}

TEST_F(RefusalTest, ArchivesInAFolderAreToBeNamedAndInAnArchiveUnpacked) {
  std::filesystem::create_directory(path("set"));
  const std::string inner = read_file(write_tar("set/0.tar", {{"1.png", "x"}}));
  write_tar("set/1.tar", {{"1.png", "x"}});
  expect_refusal("set",
                 "holds no image: '0.tar' (and 1 more) is a tar archive; name that file as a "
                 "source, or several such files");
  write_tar("outer.tar", {{"a/0.tar", inner}});
  expect_refusal("outer.tar",
                 "holds no image: 'a/0.tar' is a tar archive; unpack the archive, and "
                 "name what lies in it");
}

TEST_F(RefusalTest, ThePrefixCounts) {
  write("set/train/1.png", "x");
  write("set/test/x.h5", hdf5_);
  expect_data_error("holds no image under 'test': 'test/x.h5' is an HDF5 file",
                    [&] { open_source(path("set").string(), options("test")); });
  expect_data_error("holds no image under 'val'; name another source or prefix",
                    [&] { open_source(path("set").string(), options("val")); });
}

}  // namespace
}  // namespace cs::source
