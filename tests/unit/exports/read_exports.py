"""Reads every form of export back with PIL, tarfile, numpy and csv.

usage: read_exports.py EXPORT_FORMS CS_SHARD_5

EXPORT_FORMS writes shards and their exports. What the shards hold is read with the example printed
in cs-shard(5), not with ours, and compared value by value.
"""

import csv
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

try:
    import lmdb  # pylint: disable=unused-import
    import numpy as np
    import zstandard  # pylint: disable=unused-import
    from PIL import Image
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "BMP": "bmp", "TIFF": "tif", "PPM": "ppm"}


def check(promise, holds):
    if not holds:
        sys.exit("broken promise: " + promise)


def shard_reader(page):
    """read_shard() as the manual page has it."""
    with open(page, encoding="utf-8") as file:
        blocks = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", file.read(), re.M | re.S)
    names = {}
    for block in blocks:
        if "def read_shard" in block:
            exec(block.replace("\\e", "\\"), names)  # pylint: disable=exec-used
    return names["read_shard"]


def printable(data):
    """Names as listings show them."""
    text = ""
    while data:
        for length in (1, 2, 3, 4):
            try:
                char = data[:length].decode("utf-8")
                break
            except UnicodeDecodeError:
                char = None
        if char is None or len(char) != 1 or ord(char) < 32 or 127 <= ord(char) < 160 or char == "\\":
            text, data = text + "\\x%02X" % data[0], data[1:]
        else:
            text, data = text + char, data[len(char.encode()):]
    return text


class Shard:
    """What a shard holds, by id."""

    def __init__(self, path, read_shard):
        self.header, self.columns = read_shard(path)
        self.ids = range(self.header["first"], self.header["first"] + self.header["count"])
        count = len(self.ids)
        self.labels = self.columns.get("label", np.full(count, -1))
        self.names = [printable(n) for n in self.columns.get("name", [b""] * count)]

    def rows(self):
        """The four columns of every listing."""
        classes = [printable(name.encode()) for name in self.header["classes"]]
        for i, label, name in zip(self.ids, self.labels, self.names):
            yield [str(i), "" if label < 0 else str(label), "" if label < 0 else classes[label], name]

    def image(self, index):
        """Pixels, by PIL if they are a file."""
        stored = self.columns["image"][index]
        return stored if isinstance(stored, np.ndarray) else pixels(stored)


def pixels(data):
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def read_table(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n"))
    check("first line of " + path, rows[0][:4] == ["#id", "label", "class", "name"])
    return rows[0], rows[1:]


def read_file(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


def same_pixels(got, expected, tolerance):
    return got.shape == expected.shape and np.abs(got.astype(int) - expected).max() <= tolerance


def check_folder(shard, folder, extension, compare):
    names = {"index.tsv"}
    for index, i in enumerate(shard.ids):
        name = "%d.%s" % (i, extension(index))
        names.add(name)
        check(folder + "/" + name, compare(index, read_file(folder, name)))
    check("files of " + folder, set(os.listdir(folder)) == names)
    check_index(shard, folder)


def check_index(shard, folder):
    header, rows = read_table(os.path.join(folder, "index.tsv"))
    check("columns of the index", len(header) == 4)
    check("rows of the index", rows == list(shard.rows()))


def check_png(shard, path):
    check_folder(shard, path, lambda index: "png",
                 lambda index, data: same_pixels(pixels(data), shard.image(index), 0))


def check_jpeg(shard, path):
    quality90 = io.BytesIO()
    Image.new("RGB", (8, 8)).save(quality90, "JPEG", quality=90)
    tables = Image.open(quality90).quantization

    def compare(index, data):
        image = Image.open(io.BytesIO(data))
        return (image.format == "JPEG" and image.quantization == tables and
                same_pixels(pixels(data), shard.image(index), 40) and
                np.abs(pixels(data).astype(int) - shard.image(index)).mean() < 3)

    check_folder(shard, path, lambda index: "jpg", compare)


def extension_of(data):
    return EXTENSIONS[Image.open(io.BytesIO(data)).format]


def check_source(shard, path):
    stored = shard.columns["image"]
    check_folder(shard, path, lambda index: extension_of(stored[index]),
                 lambda index, data: data == stored[index])


def check_webdataset(shard, path):
    with tarfile.open(path) as tar:
        members = [(m, tar.extractfile(m).read()) for m in tar]
    check("plain members", all(m.isreg() and m.mtime == m.uid == m.gid == 0 and m.mode == 0o644 and
                               m.uname == m.gname == "" for m, _ in members))
    parts = {m.name: data for m, data in members}
    check("no member twice", len(parts) == len(members))
    check("a sample's members together, in order", [m.name for m, _ in members] == sorted(
        parts, key=lambda name: (name.split(".")[0], [m.name for m, _ in members].index(name))))
    expected = 0
    for index, (i, label, name) in enumerate(zip(shard.ids, shard.labels, shard.names)):
        key = "%08d" % i
        stored = shard.columns["image"][index]
        if isinstance(stored, bytes):
            check("file of " + key, parts[key + "." + extension_of(stored)] == stored)
        else:
            check("pixels of " + key, same_pixels(pixels(parts[key + ".png"]), stored, 0))
        about = {"id": i}
        if label >= 0:
            check("class of " + key, int(parts[key + ".cls"]) == label)
            about.update({"label": label, "class": list(shard.rows())[index][2]})
        if name:
            about["name"] = name
        check("json of " + key, json.loads(parts[key + ".json"]) == about)
        expected += 2 + (label >= 0)
    check("no other members", expected == len(parts))


def numbers(shard):
    return [c["name"] for c in shard.header["columns"] if c["encoding"] != "source"]


def check_npy(shard, path):
    check("files of " + path,
          set(os.listdir(path)) == {name + ".npy" for name in numbers(shard)} | {"index.tsv"})
    for name in numbers(shard):
        array = np.load(os.path.join(path, name + ".npy"))
        check("array " + name, array.dtype == shard.columns[name].dtype and
              array.shape == shard.columns[name].shape and
              array.tobytes() == shard.columns[name].tobytes())
    check_index(shard, path)


def check_tsv(shard, path):
    header, rows = read_table(path)
    check("records", [row[:4] for row in rows] == list(shard.rows()))
    at = 4
    for name in numbers(shard):
        values = shard.columns[name]
        if name in ("label", "image"):
            continue
        width = values.shape[1] if values.ndim > 1 else 1
        names = [name + "_%d" % i for i in range(width)] if values.ndim > 1 else [name]
        check("names of columns", header[at:at + width] == names)
        got = np.array([row[at:at + width] for row in rows])
        check("values of " + name,
              np.array_equal(got.astype(values.dtype).reshape(values.shape), values,
                             equal_nan=values.dtype.kind == "f"))
        at += width
    check("no other columns", all(len(row) == at for row in [header] + rows))


def main():
    program, page = sys.argv[1:]
    read_shard = shard_reader(page)
    checks = {"png": check_png, "jpeg": check_jpeg, "source": check_source,
              "webdataset": check_webdataset, "npy": check_npy, "tsv": check_tsv}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder], check=True)
        exports = [name for name in sorted(os.listdir(folder)) if not name.endswith(".lmdb")]
        for name in exports:
            stem, form = name.split(".")
            checks[form](Shard(os.path.join(folder, stem + ".lmdb"), read_shard),
                         os.path.join(folder, name))
    check("every form", {name.split(".")[1] for name in exports} == set(checks))
    print("read", len(exports), "exports")


main()
