"""Makes shards by hand, as a foreign program would: forge_shards.py IMAGES writes variants of the
shard IMAGES, and LMDB files that are none, into the current folder. Those named sealed-... have a
right trailer, so that only what is below it can be wrong."""
import json
import os
import struct
import sys

import lmdb
import xxhash
import zstandard


def seal(name):
    data = open(name, "rb").read()
    head = b"CSSHARD1" + struct.pack("<Q", len(data))
    with open(name, "ab") as file:
        file.write(head + struct.pack("<Q", xxhash.xxh3_64_intdigest(data + head)))


def create(name, **options):
    options = {"subdir": False, "lock": False, "max_dbs": 16, "map_size": 1 << 24, **options}
    return lmdb.open(name, **options)


def columns_of(images):
    """{database: {key: value}} of a shard."""
    with create(images, readonly=True) as env, env.begin() as txn:
        names = [name for name, _ in txn.cursor()]
        return {name: dict(txn.cursor(env.open_db(name, txn=txn, create=False))) for name in names}


def shard(name, columns, dupsort=(), sealed=True):
    with create(name) as env:
        for column, entries in columns.items():
            db = env.open_db(column, dupsort=column in dupsort)
            with env.begin(write=True, db=db) as txn:
                for key, value in entries.items():
                    txn.put(key, value)
    if sealed:
        seal(name)


def changed(shard, **members):
    header = json.loads(shard[b"meta"][b"header"])
    header.update(members)
    return {**shard, b"meta": {b"header": json.dumps(header).encode()}}


def caffe(name, **options):
    """As convert_imageset writes: protobuf-like values under keys %08d_path in the one database."""
    with create(name, **options) as env, env.begin(write=True) as txn:
        for i in range(10):
            datum = b"\x08\x03\x10\x08\x18\x08\x22\xc0\x01" + bytes(192) + b"\x28\x01"
            txn.put(b"%08d_images/%d.png" % (i, i), datum)


images = sys.argv[1]
columns = columns_of(images)
shard("sealed-whole.lmdb", columns)
shard("sealed-format-2.lmdb", changed(columns, format=2))
shard("sealed-unknown-member.lmdb", changed(columns, compression="brotli"))
shard("sealed-many-records.lmdb", changed(columns, count=1 << 62))
wide = [{"name": "image", "type": "u8", "shape": [65535, 65535, 3], "encoding": "raw"}]
shard("sealed-huge-images.lmdb", changed(columns, columns=wide))
shard("sealed-no-header.lmdb", {**columns, b"meta": {}})
shard("sealed-header-no-json.lmdb", {**columns, b"meta": {b"header": b"\xff{"}})
shard("sealed-no-meta.lmdb", {b"image": columns[b"image"]})
shard("sealed-no-image.lmdb", {b"meta": columns[b"meta"]})
shard("sealed-dupsort-meta.lmdb", {b"meta": {b"header": b"{}"}}, dupsort=[b"meta"])
keys = {b"image": {b"a": b"1", b"b": b"2"}}
shard("sealed-dupsort.lmdb", {**columns, **keys}, dupsort=[b"image"])
shard("sealed-foreign-keys.lmdb", {**columns, **keys})
short = {struct.pack(">Q", 0): zstandard.compress(b"not a chunk")}
shard("sealed-foreign-chunk.lmdb", {**columns, b"image": short})
# A frame that claims 2 GiB, of a column whose records have any length.
claim = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", (1 << 31) - 1) + b"\x03\x00\x00\x00"
shard("sealed-huge-claim.lmdb", {**columns, b"name": {struct.pack(">Q", 0): claim}})

caffe("caffe.lmdb")
caffe("sealed-caffe.lmdb")
seal("sealed-caffe.lmdb")
shard("unsealed.lmdb", columns, sealed=False)
create("sealed-empty.lmdb").close()
seal("sealed-empty.lmdb")
os.mkdir("folder")
caffe("folder", subdir=True, lock=True)
os.mkdir("folder.lmdb")
caffe("folder.lmdb", subdir=True, lock=True)
