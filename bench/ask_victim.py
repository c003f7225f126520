#!/usr/bin/python3
"""Images a second that cs-query asks a ResNet-18 about, against a plain f32 loop in Python.

usage: ask_victim.py BIN

The victim is a state dict of torchvision's ResNet-18; the loop normalizes batches of 128 images that
are in memory already, and calls the model. Of cs-query the start and the reading and writing of
shards are timed too. `batch` compares its default --batch with the best of others: a ratio of 0.9 is
asked for at every size.
"""
import pathlib
import time

import numpy as np
import torch

import measure
import peers

COUNTS = {32: 8192, 96: 768, 160: 256, 224: 128}  # of images, by their side
BATCHES = (8, 32, 128)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def loop(model, pixels):
    """Seconds of the loop in Python."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD))
    begin = time.perf_counter()
    with torch.no_grad():
        answers = [model((batch.permute(0, 3, 1, 2).float() / 255 - mean) / std)
                   for batch in torch.from_numpy(pixels).split(128)]
    assert torch.cat(answers).isfinite().all()
    return time.perf_counter() - begin


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    torch.manual_seed(1)
    model = peers.resnet18("imagenet").eval()
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        torch.save(model.state_dict(), folder / "victim.pth")

        def query(images, *options):
            begin = time.perf_counter()
            measure.run("cs-query", "-f", images, "--victim", folder / "victim.pth", "--arch", "resnet18",
                        "--stem", "imagenet", "--mean", ",".join(map(str, MEAN)), "--std",
                        ",".join(map(str, STD)), "-o", folder / "answers.lmdb", "--threads",
                        parsed.threads, *options)
            return time.perf_counter() - begin

        for side, count in COUNTS.items():
            images = folder / f"images{side}.lmdb"
            measure.run("cs-sample", parsed.images, "-n", count, "--size", side, "-o", images)
            measure.run("cs-show", images, "--export", folder / f"pixels{side}", "--as", "npy")
            pixels = np.load(folder / f"pixels{side}" / "image.npy")
            f32, bf16, python, *others = measure.interleaved(
                parsed.repeat, lambda: query(images), lambda: query(images, "--precision", "bf16"),
                lambda: loop(model, pixels),
                *(lambda batch=batch: query(images, "--batch", batch) for batch in BATCHES))
            best = min(others, key=min)
            measure.report(f"ask_victim {side} px f32", "s", f32, python, parsed, 1.2, images=count)
            measure.report(f"ask_victim {side} px bf16", "s", bf16, python, parsed, 2, images=count)
            measure.report(f"ask_victim {side} px batch", "s", f32, best, parsed, 0.9, images=count,
                           best=BATCHES[others.index(best)])


if __name__ == "__main__":
    main()
