#!/usr/bin/python3
"""Views per second of a step of SimCLR: cs-train against a plain PyTorch loop.

usage: simclr_step.py BIN

Both train a ResNet-18 with the CIFAR stem and a projector 512-1024-128 on two views of 64 images of 32 x
32 pixels with SGD, in the precision that each takes by itself: the peer (peers.Simclr) in f32. The peer is
spared the decoding of files and the broadcast of similarities: its loss is one product of matrices. All
its 128 views are one batch to the network, where ours are two of 64.
"""
import pathlib

import measure
import peers

BATCH = 64
STEPS = 4


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        images = folder / "images.lmdb"
        measure.run("cs-sample", parsed.images, "-n", BATCH * STEPS, "-o", images)

        def ours():
            epochs = measure.train(
                folder, "--method", "simclr", "--images", images, "--arch", "resnet18", "--stem", "cifar",
                "--threads", parsed.threads, "--batch", BATCH, "--epochs", 2)
            return max(epoch["images_per_second"] for epoch in epochs)

        peer = peers.Simclr(BATCH, STEPS)
        rates = measure.interleaved(parsed.repeat, ours, peer.rate)
    measure.report("simclr_step", "views/s", *rates, parsed, target=2.4, stem="cifar", batch=BATCH)


if __name__ == "__main__":
    main()
