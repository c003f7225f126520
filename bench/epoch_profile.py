#!/usr/bin/python3
"""Where the seconds of an epoch of cs-train go: the share that is neither forward, backward nor optimizer.

usage: epoch_profile.py BIN

A ResNet-18 with the CIFAR stem at batch 128, cont-steal and simclr, from the timings that cs-train logs for
every epoch on a CPU; forward includes the loss. The first of three epochs, which finds memory, is left
out. `loading` is waiting for views; `outside` is all that is not one of the other three, loading included.
It has no peer, so no ratio.
"""
import json
import os
import pathlib

import measure

IMAGES = 1536
EPOCHS = 3
BATCH = 128
MOST_OUTSIDE = 0.03
PARTS = ("loading", "forward", "backward", "optimizer")


def shares(epochs):
    """Of the seconds of all epochs but the first."""
    missing = [part for part in PARTS if f"{part}_seconds" not in epochs[-1]]
    if missing:
        raise SystemExit("epoch_profile.py: this cs-train logs no " +
                         ", ".join(f"{part}_seconds" for part in missing))
    later = epochs[1:]
    seconds = sum(epoch["seconds"] for epoch in later)
    found = {part: sum(epoch[f"{part}_seconds"] for epoch in later) / seconds for part in PARTS}
    found["outside"] = 1 - sum(found[part] for part in PARTS[1:])
    return {part: round(share, 4) for part, share in found.items()}


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    outside = []
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        attack = measure.Attack(parsed, folder, IMAGES)
        for method, options in (("cont-steal", ("--answers", attack.answers)), ("simclr", ())):
            epochs = measure.train(folder, "--method", method, "--images", attack.images, *options,
                                   "--arch", "resnet18", "--stem", "cifar", "--batch", BATCH,
                                   "--epochs", EPOCHS, "--threads", parsed.threads)
            found = shares(epochs)
            outside.append(found["outside"])
            print(json.dumps({
                "name": f"epoch_profile_{method}", **found, "most_outside": MOST_OUTSIDE,
                "images_per_second": max(epoch["images_per_second"] for epoch in epochs),
                "batch": BATCH, "threads": parsed.threads, "load": os.getloadavg()[0]}), flush=True)
    if max(outside) > MOST_OUTSIDE:
        raise SystemExit(f"epoch_profile.py: over {MOST_OUTSIDE:.0%} of an epoch is spent outside")


if __name__ == "__main__":
    main()
