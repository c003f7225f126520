"""Reads shards by the text of cs-shard(5) alone, and checks every promise of that page.

usage: read_shard.py EXPORT_SHARD CS_SHARD_5

EXPORT_SHARD writes shards whose values are formulas of the record's id. They are read with a
program of our own and with the examples printed in the manual page, which are taken from it.
"""

import glob
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

try:
    import lmdb
    import numpy as np
    import xxhash
    import zstandard
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

TYPES = {"u8": (0, "u1"), "f32": (1, "<f4"), "f16": (2, "<f2"), "i32": (3, "<i4")}
ENCODINGS = {"raw": 0, "shuffled": 1, "source": 2}
FIRST, COUNT = 300, 2000


def check(promise, holds):
    if not holds:
        sys.exit("broken promise: " + promise)


def check_trailer(path):
    with open(path, "rb") as file:
        data = file.read()
    magic, length, checksum = struct.unpack("<8sQQ", data[-24:])
    check("magic", magic == b"CSSHARD1")
    check("length", length == len(data) - 24)
    check("checksum", checksum == xxhash.xxh3_64_intdigest(data[:-8]))


def records_of_chunk(column, key, frame):
    """(id, bytes) of every record."""
    parameters = zstandard.get_frame_parameters(frame)
    decompressor = zstandard.ZstdDecompressor().decompressobj()
    content = decompressor.decompress(frame)
    check("one frame", decompressor.eof and decompressor.unused_data == b"")
    check("content size is stated", parameters.content_size == len(content))
    first, count, kind, encoding, dimensions, zero = struct.unpack_from("<QIBBBB", content)
    extents = list(struct.unpack_from("<%dI" % dimensions, content, 16))
    check("key", key == struct.pack(">Q", first))
    check("type", kind == TYPES[column["type"]][0])
    check("encoding", encoding == ENCODINGS[column["encoding"]])
    check("shape", extents == column["shape"])
    check("last byte of the fixed header", zero == 0)
    at = 16 + 4 * dimensions
    size = np.dtype(TYPES[column["type"]][1]).itemsize
    if column["encoding"] == "source":
        lengths = struct.unpack_from("<%dI" % count, content, at)
        at += 4 * count
        payload = content[at:]
    else:
        lengths = [size * int(np.prod(extents, dtype=int))] * count
        payload = content[at:]
        if column["encoding"] == "shuffled":
            payload = np.frombuffer(payload, "u1").reshape(size, -1).T.tobytes()
    check("nothing follows the payload", sum(lengths) == len(payload))
    at = 0
    for i, length in enumerate(lengths):
        yield first + i, payload[at : at + length]
        at += length


def read(path):
    """The header, and for every column the records' bytes by id."""
    check_trailer(path)
    env = lmdb.open(path, subdir=False, readonly=True, lock=False, max_dbs=16)
    with env.begin() as txn:
        meta = env.open_db(b"meta", txn, create=False)
        check("one key in meta", [key for key, _ in txn.cursor(meta)] == [b"header"])
        header = json.loads(txn.get(b"header", db=meta).decode("utf-8"))
        names = [c["name"] for c in header["columns"]]
        with txn.cursor() as cursor:
            databases = {key.decode() for key, _ in cursor}
        check("sub-databases", databases == {"meta"} | (set(names) if header["count"] else set()))
        columns = {}
        chunks = 0
        for column in header["columns"]:
            db = env.open_db(column["name"].encode(), txn, create=False)
            records = []
            for key, value in txn.cursor(db):
                records += records_of_chunk(column, key, bytes(value))
                chunks += 1
            ids = range(header["first"], header["first"] + header["count"])
            check("every id once, in order", [i for i, _ in records] == list(ids))
            columns[column["name"]] = [bytes_ for _, bytes_ in records]
    env.close()
    check("several chunks were read", chunks > len(names) or header["count"] < COUNT)
    return header, columns


def check_header(header):
    optional = [k for k in ("views", "of", "originals", "victim") if k in header]
    check("members", list(header) == ["format", "kind", "first", "count", "columns", "classes",
                                      "set"] + optional + ["fingerprint", "history"])
    check("format", header["format"] == 1)
    check("kind", header["kind"] == ("answers" if "of" in header else "images"))
    check("columns", all(list(c) == ["name", "type", "shape", "encoding"] for c in header["columns"]))
    check("set", list(header["set"]) == ["id", "part", "parts"])
    check("history", all("tool" in step for step in header["history"]))
    for digest in [header["fingerprint"], header["set"]["id"], header.get("of", "0" * 32)]:
        check("digest", re.fullmatch("[0-9a-f]{32}", digest))


def shape_digest(header):
    text = "".join(" ".join([c["name"], c["type"]] + [str(n) for n in c["shape"]]) + "\n"
                   for c in header["columns"])
    text += "".join("class %d %s\n" % (len(name.encode()), name) for name in header["classes"])
    return xxhash.xxh3_128_intdigest(text.encode())


def fingerprint(header, columns):
    total = shape_digest(header)
    for name, records in columns.items():
        for i, record in enumerate(records):
            what = struct.pack("<Q", header["first"] + i) + name.encode() + record
            total += xxhash.xxh3_128_intdigest(what)
    return "%032x" % (total % 2**128)


def expected_images(header):
    ids = np.arange(header["first"], header["first"] + header["count"])
    y, x, c = np.ogrid[:12, :10, :3]
    pixels = 7 * ids[:, None, None, None] + 3 * y + 5 * x + 11 * c
    return {"image": (pixels % 256).astype("u1"), "label": (ids % 3 - 1).astype("<i4"),
            "name": [b"" if i % 7 == 0 else b"image %d" % (i * i) for i in ids.tolist()]}


def expected_vectors(dtype):
    i = np.arange(FIRST, FIRST + COUNT)[:, None]
    j = np.arange(100)[None, :]
    if dtype == "f32":
        return {"embedding": (i - j / 8).astype("<f4")}
    return {"embedding": ((31 * i + 7 * j) % 0x7C00).astype("<u2").view("<f2")}


def same(expected, got):
    """`got`: bytes of records, or an array."""
    if isinstance(expected, list):
        return expected == got
    if isinstance(got, list):
        return expected.tobytes() == b"".join(got)
    return expected.dtype == got.dtype and np.array_equal(expected, got)


def examples_of_page(page):
    """What the page's Python examples define."""
    with open(page, encoding="utf-8") as file:
        text = file.read()
    blocks = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", text, re.M | re.S)
    names = {}
    for block in blocks:
        if "def " in block:
            exec(block.replace("\\e", "\\"), names)  # pylint: disable=exec-used
    header = json.loads(next(b for b in blocks if b.startswith("{")))
    return names, header


def main():
    program, page = sys.argv[1:]
    example, header_of_page = examples_of_page(page)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder], check=True)
        expected = {"f32.lmdb": expected_vectors("f32"), "f16.lmdb": expected_vectors("f16")}
        headers = {}
        parts = sorted(glob.glob(os.path.join(folder, "set", "*.lmdb")))
        check("the set has three parts", len(parts) == 3)
        for path in [os.path.join(folder, name) for name in ("images.lmdb", "f32.lmdb", "f16.lmdb")] + parts:
            name = os.path.relpath(path, folder)
            header, columns = read(path)
            headers[name] = header
            check_header(header)
            check("fingerprint of " + name, fingerprint(header, columns) == header["fingerprint"])
            wanted = expected.get(name) or expected_images(header)
            check("columns of " + name, list(columns) == list(wanted))
            for column in wanted:
                check("values of " + name, same(wanted[column], columns[column]))
            example["check_trailer"](path)
            _, read_by_page = example["read_shard"](path)
            for column in wanted:
                check("example of the page", same(wanted[column], read_by_page[column]))

        with open(os.path.join(folder, "images.lmdb"), "r+b") as file:
            file.seek(5000)
            byte = file.read(1)
            file.seek(5000)
            file.write(bytes([byte[0] ^ 1]))
        try:
            example["check_trailer"](file.name)
            check("the page's check finds a flipped bit", False)
        except ValueError:
            pass

    check_header(header_of_page)
    images = headers["images.lmdb"]
    check("answers name the images", headers["f32.lmdb"]["of"] == images["fingerprint"])
    check("the only shard is a set of its own", images["set"]["id"] == images["fingerprint"])
    shards = [h for name, h in headers.items() if name.startswith("set")]
    total = sum(int(h["fingerprint"], 16) for h in shards) - 2 * shape_digest(images)
    check("fingerprints add up", "%032x" % (total % 2**128) == images["fingerprint"])
    check("parts", [h["set"]["part"] for h in shards] == [0, 1, 2])
    check("ids run on", [h["first"] for h in shards[1:]] ==
          [h["first"] + h["count"] for h in shards[:-1]])
    print("read", len(headers), "shards")


main()
