#!/usr/bin/python3
"""Loading 50,000 images and 512-wide embeddings from shards into a fresh tensor, and their size on disk.

usage: storage.py BIN [--images SOURCE]

The peer is the usual Python way: an LMDB value for every record and a loop that fills one tensor. Both
sides open their file anew each time and find it in the page cache; ours checks all of it too. The
embeddings are those of a ResNet-18, ImageNet stem, after a short supervised training.
"""
import json
import pathlib
import subprocess
import time

import lmdb
import numpy
import torch
import zstandard

import measure

COUNT = 50000
DTYPES = {"u8": "u1", "f32": "<f4", "f16": "<f2"}


def column_of(path, name):
    """A column of fixed-size records, read by the text of cs-shard(5)."""
    env = lmdb.open(str(path), subdir=False, readonly=True, lock=False, max_dbs=16)
    with env.begin() as txn:
        header = json.loads(txn.get(b"header", db=env.open_db(b"meta", txn, create=False)))
        column, = (c for c in header["columns"] if c["name"] == name)
        dtype = numpy.dtype(DTYPES[column["type"]])
        chunks = []
        for _, frame in txn.cursor(env.open_db(name.encode(), txn, create=False)):
            payload = numpy.frombuffer(zstandard.decompress(frame), "u1")[16 + 4 * len(column["shape"]):]
            if column["encoding"] == "shuffled":
                payload = payload.reshape(dtype.itemsize, -1).T.copy()
            chunks.append(payload.reshape(-1).view(dtype).reshape(-1, *column["shape"]))
    env.close()
    return numpy.concatenate(chunks)


def write_peer(path, records):
    env = lmdb.open(str(path), subdir=False, map_size=1 << 32, lock=False)
    with env.begin(write=True) as txn:
        for index, record in enumerate(records):
            txn.put(b"%08d" % index, record.tobytes(), append=True)
    env.close()


def load_peer(path, shape, dtype):
    """Seconds, and the tensor: one value after the other is copied into it."""
    begin = time.perf_counter()
    env = lmdb.open(str(path), subdir=False, readonly=True, lock=False)
    tensor = torch.empty(shape, dtype=dtype)
    rows = tensor.numpy().reshape(shape[0], -1)
    kind = rows.dtype
    with env.begin(buffers=True) as txn:
        for row, (_, value) in zip(rows, txn.cursor()):
            row[:] = numpy.frombuffer(value, kind)
    env.close()
    return time.perf_counter() - begin, tensor


class Loader:
    """bench/load_shard.cpp, running: one load for every call."""

    def __init__(self, parsed, shard, column, threads):
        program = pathlib.Path(parsed.bin).parent / "bench/load_shard"
        self.process = subprocess.Popen([program, shard, column, str(threads)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def load(self):
        """Seconds, and the sum of what was loaded."""
        print(file=self.process.stdin, flush=True)
        seconds, total = self.process.stdout.readline().split()
        return float(seconds), float(total)

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError("load_shard failed")


def compare(parsed, name, shard, column, folder):
    """Loads by ours and by the peer in turn, on one thread and on all; what is on disk of both."""
    records = column_of(shard, column)
    peer = folder / f"{name}.peer.lmdb"
    write_peer(peer, records)
    shape, dtype, raw = records.shape, torch.from_numpy(records[:1]).dtype, records.nbytes
    ours_bytes, peer_bytes = shard.stat().st_size, peer.stat().st_size
    expected = float(torch.from_numpy(records).sum(dtype=torch.float64))
    del records
    disk = {"of_raw": round(ours_bytes / raw, 4), "peer_of_raw": round(peer_bytes / raw, 4),
            "shape": list(shape)}
    for threads in sorted({1, parsed.threads}):
        loader = Loader(parsed, shard, column, threads)

        def ours():
            seconds, total = loader.load()
            assert abs(total - expected) <= 1e-6 * abs(expected), (total, expected)
            return seconds

        def theirs():
            seconds, tensor = load_peer(peer, shape, dtype)
            total = float(tensor.sum(dtype=torch.float64))
            assert abs(total - expected) <= 1e-6 * abs(expected), (total, expected)
            return seconds

        ours(), theirs()  # both files into the page cache
        seconds = measure.interleaved(parsed.repeat, ours, theirs)
        loader.close()
        measure.report(name, "s", *seconds, with_threads(parsed, threads),
                       ours_gb_per_s=round(raw / min(seconds[0]) / 1e9, 2), **disk)


def with_threads(parsed, threads):
    return type(parsed)(**{**vars(parsed), "threads": threads})


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        images, few = folder / "images.lmdb", folder / "few.lmdb"
        victim = folder / "victim.safetensors"
        measure.run("cs-sample", parsed.images, "-n", COUNT, "-o", images)
        compare(parsed, "load_images", images, "image", folder)
        measure.run("cs-sample", images, "-n", 2000, "-o", few)
        measure.run("cs-train", "--method", "supervised", "--images", few, "--arch", "resnet18",
                    "--stem", "imagenet", "--epochs", 2, "-o", victim)
        for dtype in ("f32", "f16"):
            answers = folder / f"{dtype}.lmdb"
            measure.run("cs-query", images, "--victim", victim, "--dtype", dtype, "-o", answers)
            compare(parsed, f"load_{dtype}_embeddings", answers, "embedding", folder)


if __name__ == "__main__":
    main()
