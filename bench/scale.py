#!/usr/bin/python3
"""Images a second of cs-sample and cs-augment at 1,000,000 records against 100,000, and peak memory.

usage: scale.py BIN [--images SOURCE]

The peer is ours at the smaller size: a ratio under 1 is what size costs. Sources are a .npy file and a
shard. `peak_mib` is the memory of the larger run, files that it maps aside. All lies in memory (TMPDIR,
else /dev/shm; 10 GB), so that the disk, and the final sync, are not measured.
"""
import os
import pathlib
import time

import numpy

import measure
import storage

SMALL, LARGE = 100_000, 1_000_000


def write_npy(path, images, count):
    """The images, again and again, but shifted."""
    rows = numpy.lib.format.open_memmap(path, mode="w+", dtype="u1",
                                        shape=(count, *images.shape[1:]))
    for begin in range(0, count, len(images)):
        rows[begin:begin + len(images)] = numpy.roll(images, begin // len(images), axis=1)


def anonymous_kib(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("RssAnon"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def rate_and_peak(count, *command):
    """Images a second, and the most memory in MiB, looked at every 10 ms."""
    begin = time.perf_counter()
    peak = measure.watched(command, anonymous_kib)
    return count / (time.perf_counter() - begin), peak / 1024


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    os.environ.setdefault("TMPDIR", "/dev/shm")
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        first, output = folder / "first.lmdb", folder / "output.lmdb"
        measure.run("cs-sample", parsed.images, "-n", 10_000, "-o", first)
        images = storage.column_of(first, "image")
        for tool, suffix in (("cs-sample", "npy"), ("cs-sample", "lmdb"), ("cs-augment", "lmdb")):
            inputs = {count: folder / f"{count}.{suffix}" for count in (SMALL, LARGE)}
            for count, path in inputs.items():
                if suffix == "npy":
                    write_npy(path, images, count)
                elif not path.exists():
                    measure.run("cs-sample", path.with_suffix(".npy"), "-o", path)
                    path.with_suffix(".npy").unlink()
            peaks = []

            def rate(count):
                output.unlink(missing_ok=True)  # to free a large one takes its time, too
                speed, peak = rate_and_peak(count, tool, inputs[count], "-o", output,
                                            "--threads", parsed.threads)
                peaks.append(peak)
                return speed

            large, small = measure.interleaved(parsed.repeat, lambda: rate(LARGE),
                                               lambda: rate(SMALL))
            measure.report(f"scale_{tool}_{suffix}", "images/s", large, small, parsed,
                           records=[LARGE, SMALL], peak_mib=round(max(peaks)))


if __name__ == "__main__":
    main()
