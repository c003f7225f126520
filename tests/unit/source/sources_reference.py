"""Every kind of source, made here with Python's own modules, imported and read back equal.

usage: sources_reference.py CS_SAMPLE
"""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

try:
    import lmdb
    import numpy as np
    import zstandard
    from PIL import Image
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

RANDOM = np.random.default_rng(1)
CIFAR10 = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
STL10 = ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"]


def records(column, frame):
    """The records of one chunk, as cs-shard(5) describes it."""
    content = zstandard.ZstdDecompressor().decompressobj().decompress(frame)
    _, count, _, encoding, dimensions, _ = struct.unpack_from("<QIBBBB", content)
    at = 16 + 4 * dimensions
    lengths = [int(np.prod(column["shape"], dtype=int)) * (4 if column["type"] == "i32" else 1)] * count
    if encoding == 2:
        lengths = struct.unpack_from("<%dI" % count, content, at)
        at += 4 * count
    assert encoding in (0, 2)
    for length in lengths:
        yield content[at:at + length]
        at += length


def read_shard(path):
    """Images, labels (None without classes), class names and names."""
    env = lmdb.open(path, subdir=False, readonly=True, lock=False, max_dbs=16)
    columns = {}
    with env.begin() as txn:
        header = json.loads(txn.get(b"header", db=env.open_db(b"meta", txn, create=False)))
        for column in header["columns"]:
            db = env.open_db(column["name"].encode(), txn, create=False)
            columns[column["name"]] = [r for _, v in txn.cursor(db) for r in records(column, bytes(v))]
            if column["name"] == "image":
                shape = column["shape"]
    env.close()
    images = np.array([np.frombuffer(r, np.uint8).reshape(shape) for r in columns["image"]])
    labels = [struct.unpack("<i", r)[0] for r in columns["label"]] if "label" in columns else None
    return images, labels, header["classes"], [os.fsdecode(r) for r in columns["name"]]


class Trial:
    """A folder to make sources in, and what importing them must give."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.done = 0

    def path(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def expect(self, source, images, labels, classes, names, *options):
        out = os.path.join(self.folder, "out.lmdb")
        command = [self.program, "--force", "--quiet", "--output", out] + list(options) + [source]
        run = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        if run.returncode != 0 or run.stderr or run.stdout:
            sys.exit("%s: exit %d: %s%s" % (source, run.returncode, run.stdout, run.stderr))
        got = read_shard(out)
        for what, is_equal in (("images", np.array_equal(got[0], images)),
                               ("labels", got[1] == (None if labels is None else list(labels))),
                               ("classes", got[2] == list(classes)), ("names", got[3] == list(names))):
            if not is_equal:
                sys.exit("%s %s: wrong %s: %r" % (source, options, what, got[["images", "labels", "classes", "names"].index(what)]))
        self.done += 1


def numbers(count, split=""):
    return ["%s%08d" % (split, i) for i in range(count)]


def noise(*shape):
    return RANDOM.integers(0, 256, shape, dtype=np.uint8)


def labels_of(count, classes):
    """Labels in which the highest class occurs."""
    return [classes - 1] + RANDOM.integers(0, classes, count - 1).tolist()


def rgb(gray):
    return np.repeat(gray[..., None], 3, axis=-1)


def tar_of(trial, name, files, mode="w", form=tarfile.GNU_FORMAT):
    with tarfile.open(trial.path(name), mode, format=form) as tar:
        for path, data in files:
            member = tarfile.TarInfo(path)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return trial.path(name)


def zip_of(trial, name, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(trial.path(name), "w", method) as out:
        for path, data in files:
            out.writestr(path, data)
    return trial.path(name)


def planes(images):
    return images.transpose(0, 3, 1, 2)


def cifar(trial):
    def binary(images, *labels):
        return b"".join(bytes(row[:-1]) + row[-1].tobytes() for row in zip(*labels, planes(images)))

    images = noise(60, 32, 32, 3)
    labels = labels_of(60, 10)
    files = [("cifar-10-batches-bin/data_batch_%d.bin" % (i + 1),
              binary(images[10 * i:10 * i + 10], labels[10 * i:10 * i + 10])) for i in range(5)]
    files.append(("cifar-10-batches-bin/test_batch.bin", binary(images[50:], labels[50:])))
    # Parts stand by name: the test part comes before the training part.
    order = list(range(50, 60)) + list(range(50))
    names = numbers(10, "test/") + numbers(50, "train/")
    whole = (images[order], [labels[i] for i in order], CIFAR10, names)
    train = (images[:50], labels[:50], CIFAR10, numbers(50))
    archive = tar_of(trial, "cifar-10-binary.tar.gz", files, "w:gz")
    trial.expect(archive, *whole)
    trial.expect("cifar10:" + archive, *train, "--prefix", "train")
    named = files + [("cifar-10-batches-bin/batches.meta.txt", b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n")]
    trial.expect(tar_of(trial, "named.tar", named), *train[:2], "abcdefghij", numbers(50),
                 "--prefix", "train")
    for path, data in files:
        trial.write(path, data)
    trial.expect("cifar-10-batches-bin", *whole)
    trial.expect("cifar-10-batches-bin/data_batch_2.bin", images[10:20], labels[10:20], CIFAR10,
                 numbers(10))
    trial.expect("cifar-10-batches-bin/data_batch_2.bin", images[10:20], None, [], numbers(10),
                 "--unlabeled")
    packed = trial.write("one.bin.gz", gzip.compress(files[0][1]))
    trial.expect(packed, images[:10], labels[:10], CIFAR10, numbers(10))

    images, fine = noise(12, 32, 32, 3), labels_of(12, 100)
    data = binary(images, RANDOM.integers(0, 20, 12), fine)
    titles = ["class %d" % i for i in range(100)]
    files = [("cifar-100-binary/train.bin", data),
             ("cifar-100-binary/fine_label_names.txt", "\n".join(titles).encode())]
    trial.expect(tar_of(trial, "cifar-100-binary.tar.gz", files, "w:gz"), images, fine, titles,
                 numbers(12, "train/"))
    trial.expect(trial.write("cifar100.bin", data), images, fine, [str(i) for i in range(100)],
                 numbers(12))


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(">%dI" % array.ndim, *array.shape) + array.tobytes()


def mnist(trial):
    images, labels = noise(9, 28, 20), labels_of(9, 10)
    files = {"train-images-idx3-ubyte": idx(images[:6]), "t10k-images-idx3-ubyte": idx(images[6:]),
             "train-labels-idx1-ubyte": idx(np.array(labels[:6], np.uint8)),
             "t10k-labels-idx1-ubyte": idx(np.array([9] + labels[7:], np.uint8))}
    titles = [str(i) for i in range(10)]
    train = (rgb(images[:6]), labels[:6], titles, numbers(6))
    for name, data in files.items():
        trial.write("mnist/" + name, data)
        trial.write("mnist-gz/" + name + ".gz", gzip.compress(data))
    trial.expect("mnist/train-images-idx3-ubyte", *train)
    trial.expect("mnist-gz/train-images-idx3-ubyte.gz", *train)
    whole = (rgb(images[[6, 7, 8, 0, 1, 2, 3, 4, 5]]), [9] + labels[7:] + labels[:6], titles,
             numbers(3, "test/") + numbers(6, "train/"))
    trial.expect("mnist", *whole)
    trial.expect("mnist-gz", *whole)
    trial.expect(zip_of(trial, "mnist.zip", [(n + ".gz", gzip.compress(d)) for n, d in files.items()]),
                 *whole)
    trial.expect("mnist-gz", *train, "--prefix", "train")
    trial.write("bare/train-images-idx3-ubyte", files["train-images-idx3-ubyte"])
    trial.expect("bare/train-images-idx3-ubyte", train[0], None, [], train[3])
    color = noise(4, 5, 6, 3)
    trial.expect(trial.write("color.idx", idx(color)), color, None, [], numbers(4))


def stl10(trial):
    images, labels = noise(4, 96, 96, 3), [10, 1, 5, 5]
    data = images.transpose(0, 3, 2, 1).tobytes()
    trial.write("stl10_binary/train_X.bin", data)
    trial.write("stl10_binary/train_y.bin", bytes(labels))
    trial.expect("stl10_binary/train_X.bin", images, [n - 1 for n in labels], STL10, numbers(4))
    trial.expect("stl10_binary", images, [n - 1 for n in labels], STL10, numbers(4, "train/"))
    trial.write("stl10_binary/unlabeled_X.bin", data[:27648])
    trial.expect("stl10:stl10_binary", images[:1], [-1], STL10, numbers(1), "--prefix", "unlabeled")
    both = tar_of(trial, "stl10_binary.tar.gz", [
        ("stl10_binary/test_X.bin", data), ("stl10_binary/test_y.bin", bytes(labels)),
        ("stl10_binary/class_names.txt", "\n".join(STL10).encode())], "w:gz")
    trial.expect(both, images, [n - 1 for n in labels], STL10, numbers(4, "test/"))


def saved(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def numpy(trial):
    gray, color, alpha = noise(5, 6, 7), noise(5, 6, 7, 3), noise(5, 6, 7, 4)
    shapes = {"gray": (gray, rgb(gray)), "gray1": (gray[..., None], rgb(gray)), "color": (color, color),
              "alpha": (alpha, alpha[..., :3]), "planar": (np.ascontiguousarray(planes(color)), color)}
    for name, (array, wanted) in shapes.items():
        for version in ((1, 0), (2, 0), (3, 0)):
            trial.expect(trial.write("npy/%s%d.npy" % (name, version[0]), saved(array, version)), wanted,
                         None, [], numbers(5))
    titles = ["0", "1", "2"]
    for kind in ("u1", "<i8", ">i4", ">u2"):
        trial.write("beside/images.npy", saved(color))
        trial.write("beside/labels.npy", saved(np.array([2, 0, 1, 1, 0], kind)))
        trial.expect("beside/images.npy", color, [2, 0, 1, 1, 0], titles, numbers(5))
        trial.expect("beside", color, [2, 0, 1, 1, 0], titles, numbers(5))
    trial.write("corrupted/fog.npy", saved(color))
    trial.write("corrupted/labels.npy", saved(np.array([2, 0, 1, 1, 0])))
    trial.expect("corrupted", color, [2, 0, 1, 1, 0], titles, numbers(5))
    trial.expect("corrupted/fog.npy", color, [2, 0, 1, 1, 0], titles, numbers(5))
    trial.write("corrupted/labels.npy", saved(np.array([2, 0, 1, 1])))
    trial.expect("corrupted/fog.npy", color, None, [], numbers(5))
    for save, name in ((np.savez, "plain"), (np.savez_compressed, "packed")):
        for one, other in (("images", "labels"), ("x", "y"), ("data", "label"), ("imgs", "labels")):
            save(trial.path(name + ".npz"), **{one: color, other: np.array([2, 0, 1, 1, -1])})
            trial.expect(trial.path(name + ".npz"), color, [2, 0, 1, 1, -1], titles, numbers(5))
        save(trial.path(name + ".npz"), x_train=color, y_train=np.array([0, 1, 2, 0, 1]), x_test=color[:2],
             y_test=np.array([2, 1]))
        trial.expect(trial.path(name + ".npz"), color[:2], [2, 1], titles, numbers(2), "--prefix", "test")
        save(trial.path(name + ".npz"), color)
        trial.expect(trial.path(name + ".npz"), color, None, [], numbers(5))
        for labels in (np.zeros((5, 14), int), np.zeros(3), np.zeros((5, 6, 7), np.uint8),
                       np.array(["a", "b", "c", "d", "e"]), np.array([{}] * 5)):
            save(trial.path(name + ".npz"), images=color, labels=labels)
            trial.expect(trial.path(name + ".npz"), color, None, [], numbers(5), "--unlabeled")
        save(trial.path(name + ".npz"), fog=color, labels=np.array([2, 0, 1, 1, 0]))
        trial.expect(trial.path(name + ".npz"), color, [2, 0, 1, 1, 0], titles, numbers(5))
        save(trial.path(name + ".npz"), color, np.array([[2], [0], [1], [1], [0]]))
        trial.expect("npy:" + trial.path(name + ".npz"), color, [2, 0, 1, 1, 0], titles, numbers(5))


def png(array):
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return out.getvalue()


def files(trial):
    images = noise(7, 8, 9, 3)
    names = ["cat/a b.png", "cat/b.PNG", "dog,1/c.png", "dog,1/deep/d.png", "été/e.png", "été/猫.png",
             "été/\udcff.png"]
    pairs = list(zip(names, map(png, images)))
    expected = (images, [0, 0, 1, 1, 2, 2, 2], ["cat", "dog,1", "été"], names)
    for name, data in pairs:
        trial.write(os.fsdecode(os.fsencode("folder/" + name)), data)
    trial.expect("folder", *expected)
    trial.expect("images:folder", *expected)
    trial.expect("folder", images, None, [], names, "--unlabeled")
    trial.expect("folder", images[:2], None, [], ["a b.png", "b.PNG"], "--prefix", "cat")
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        trial.expect(tar_of(trial, "folder.tar.xz", pairs[::-1], "w:xz", form), *expected)
        trial.expect(tar_of(trial, "folder.tar", pairs[::-1], "w", form), *expected)
    with open(trial.path("folder.tar"), "rb") as tar:
        trial.expect(trial.write("folder.tar.zst", zstandard.compress(tar.read())), *expected)
    plain = (images[:6], expected[1][:6], expected[2], names[:6])
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        trial.expect(zip_of(trial, "folder.zip", pairs[5::-1], method), *plain)
    with zipfile.ZipFile(trial.path("large.zip"), "w") as out:  # members as if they were over 4 GiB
        for path, data in pairs[:6]:
            with out.open(path, "w", force_zip64=True) as member:
                member.write(data)
        out.comment = b"PK\5\6 and more"
    trial.expect("large.zip", *plain)
    flat = [("%d.png" % i, data) for i, (_, data) in enumerate(pairs)]
    trial.expect(zip_of(trial, "flat.zip", flat), images, None, [], [n for n, _ in flat])
    gray = noise(4, 28, 28)
    digits = [("train/%d/%d.png" % (9 + i % 2, i), png(g)) for i, g in enumerate(gray)]
    order = [1, 3, 0, 2]  # "10" stands before "9" among names, after it among classes
    trial.expect(tar_of(trial, "digits.tar", digits), rgb(gray[order]), [1, 1, 0, 0], ["9", "10"],
                 ["10/1.png", "10/3.png", "9/0.png", "9/2.png"], "--prefix", "train")


def encoded(array, form, **options):
    out = io.BytesIO()
    Image.fromarray(array).save(out, form, **options)
    return out.getvalue()


def content(trial):
    """Names that tell nothing, or something else than the first bytes."""
    images = noise(6, 8, 9, 3)
    forms = [("cat/1", "PNG", {}), ("cat/2.dat", "BMP", {}), ("dog/3.gif", "PNG", {}),
             ("dog/4.jfif", "WEBP", {"lossless": True}), ("emu/5.pgm", "PPM", {}), ("emu/6.TXT", "TIFF", {})]
    members = [(name, encoded(image, form, **options))
               for (name, form, options), image in zip(forms, images)]
    others = [("cat/notes.txt", b"text"), ("fox/7.csv", b"a,b"), ("dog/8", b""), (".x/9.png", b"hidden")]
    expected = (images, [0, 0, 1, 1, 2, 2], ["cat", "dog", "emu"], [name for name, _, _ in forms])
    for name, data in members + others:
        trial.write("content/" + name, data)
    trial.expect("content", *expected)
    trial.expect(tar_of(trial, "content.tar", members + others), *expected)
    trial.expect(tar_of(trial, "content.tar.gz", members + others, "w:gz"), *expected)
    trial.expect(zip_of(trial, "content.zip", members + others), *expected)
    trial.expect(zip_of(trial, "stored.zip", members + others, zipfile.ZIP_STORED), *expected)


def webdataset(trial):
    images = noise(5, 8, 9, 3)
    members = []
    for i, image in enumerate(images):
        members += [("%06d.png" % i, png(image)), ("%06d.cls" % i, b"%d\n" % (9 + i % 3)),
                    ("%06d.json" % i, b"{}")]
    expected = (images, [0, 1, 2, 0, 1], ["9", "10", "11"], ["%06d.png" % i for i in range(5)])
    trial.expect(tar_of(trial, "set-000.tar", members), *expected)
    trial.expect("webdataset:" + tar_of(trial, "set-000.tar.gz", members[::-1], "w:gz"), *expected)
    trial.expect("set-000.tar", images, None, [], expected[3], "--unlabeled")
    trial.expect("images:set-000.tar", images, None, [], expected[3])
    for name, data in members:
        trial.write("set/" + name, data)
    trial.expect("set", *expected)
    views = [("a.left.png", png(images[0])), ("a.right.png", png(images[1])), ("a.cls", b"tiger cat")]
    trial.expect(tar_of(trial, "views.tar", views), images[:2], [0, 0], ["tiger cat"],
                 ["a.left.png", "a.right.png"])


def shards(trial):
    images, labels = noise(40, 32, 32, 3), labels_of(40, 10)
    np.savez(trial.path("set.npz"), images=images, labels=np.array(labels))
    titles = [str(i) for i in range(10)]
    subprocess.run([trial.program, "-q", "-o", trial.path("parts"), "--shards", "3",
                    trial.path("set.npz")], check=True)
    trial.expect("parts", images, labels, titles, numbers(40))
    trial.expect("shard:parts/00001.lmdb", images[14:27], labels[14:27], titles, numbers(40)[14:27])


def main():
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(os.path.abspath(sys.argv[1]), folder)
        for test in (cifar, mnist, stl10, numpy, files, content, webdataset, shards):
            test(trial)
        print("imported", trial.done, "sources")


main()
