#!/usr/bin/python3
"""Training beside two busy processes a core: the share of its fair share that cs-train keeps by default.

usage: shared_cores.py BIN

With as many threads as cores, its fair share is a third of the cores. `kept` is the rate beside the busy
processes over a third of the idle rate, both from the log: images a second of all epochs together. `idle`
is the idle rate by default over that with --threads CORES, which does not look for other processes.
"""
import json
import os
import pathlib
import subprocess
import sys

import measure

TRAININGS = {"resnet10, ImageNet stem": (2000, 3, "resnet10", "imagenet"),
             "resnet18, CIFAR stem": (512, 2, "resnet18", "cifar")}


def rate(folder, images, epochs, arch, stem, *options):
    """Images a second, of all epochs together."""
    lines = measure.train(folder, "--method", "simclr", "--images", images, "--epochs", epochs, "--batch",
                          128, "--arch", arch, "--stem", stem, *options)
    return sum(line["images_per_second"] * line["seconds"] for line in lines) / sum(
        line["seconds"] for line in lines)


def beside_busy_processes(work):
    """work()'s result while two processes a core do nothing but compute."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
            for _ in range(2 * os.cpu_count())]
    try:
        return work()
    finally:
        for process in busy:
            process.kill()
            process.wait()


def main():
    parsed = measure.arguments(__doc__.splitlines()[0], threads=os.cpu_count())
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        for training, (count, epochs, arch, stem) in TRAININGS.items():
            images = folder / f"{arch}.lmdb"
            measure.run("cs-sample", parsed.images, "-n", count, "-o", images)
            settings = (folder, images, epochs, arch, stem)
            idle, fixed, busy = [], [], []
            for _ in range(parsed.repeat):
                idle.append(rate(*settings))
                fixed.append(rate(*settings, "--threads", parsed.threads))
                busy.append(beside_busy_processes(lambda settings=settings: rate(*settings)))
            print(json.dumps({"benchmark": "shared_cores", "training": training,
                              "kept": round(max(busy) / (max(idle) / 3), 3),
                              "idle": round(max(idle) / max(fixed), 3),
                              "idle_images_per_second": round(max(idle), 1),
                              "busy_images_per_second": [round(each, 1) for each in sorted(busy)],
                              "cores": parsed.threads}))


if __name__ == "__main__":
    main()
