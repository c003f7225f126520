#!/usr/bin/python3
"""Seconds of cs-query for 50,000 x 512 answers that a cache has, against asking the victim again.

usage: cached_query.py BIN

The victim is a ResNet-18 with the ImageNet stem, which is quick for a victim; `calls` is what the
ledger counts for the cached repetitions and must be 0.
"""
import pathlib
import re
import time

import measure

COUNT = 50000


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        images, victim = folder / "images.lmdb", folder / "victim.safetensors"
        cache = folder / "cache"
        measure.run("cs-sample", parsed.images, "-n", COUNT, "-o", images)
        measure.run("cs-train", "--method", "simclr", "--images", images, "--epochs", 0, "-o", victim,
                    "--arch", "resnet18", "--stem", "imagenet")

        def query(*options):
            begin = time.perf_counter()
            measure.run("cs-query", "-f", images, "--victim", victim, "-o", folder / "answers.lmdb",
                        "--threads", parsed.threads, *options)
            return time.perf_counter() - begin

        def calls():
            ledger, = re.findall(r"^ledger: .* sent (\d+)", measure.run("cs-show", cache), re.M)
            return int(ledger)

        query("--cache", cache)
        before = calls()
        seconds = measure.interleaved(parsed.repeat, lambda: query("--cache", cache), query)
        extra = calls() - before
    measure.report("cached_query", "s", *seconds, parsed, shape=[COUNT, 512], calls=extra)


if __name__ == "__main__":
    main()
