#!/usr/bin/python3
"""Seconds to solve the linear probe of 50,000 x 512 embeddings: cs-probe against scikit-learn.

usage: linear_probe.py BIN [--images ARCHIVE]

The embeddings are those of a ResNet-18 after an epoch of SimCLR on 10,000 images. Both solve the same problem:
multinomial logistic regression on standardized embeddings, mean cross-entropy + L2/2 |W|^2, which
is scikit-learn's with C = 1 / (L2 N). Ours is timed as the whole command, with its start and the
reading of files; the peer from arrays in memory, its fit alone. `points` is how far the two test
accuracies are apart, in percent of the test set.
"""
import pathlib
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

import measure

L2 = 1e-3
TRAIN = 50000


def labels_of(shard):
    lines = measure.run("cs-show", shard, "--list").splitlines()[1:]
    return np.array([int(line.split("\t")[1]) for line in lines])


def embed(folder, source, network):
    """The embeddings of a training and a test set: shard, array and labels of each."""
    images, encoder = folder / "images.lmdb", folder / "encoder.safetensors"
    measure.run("cs-sample", source, "-n", 10000, "-o", images)
    measure.run("cs-train", "--method", "simclr", "--images", images, "--epochs", 1, "--batch", 256,
                "-o", encoder, *network)
    return [embedded(folder, source, encoder, part) for part in ("train", "test")]


def embedded(folder, source, encoder, part):
    images, answers = folder / f"{part}.images.lmdb", folder / f"{part}.lmdb"
    if source.startswith("synth:"):
        chosen = [f"synth:shapes?count={TRAIN if part == 'train' else 10000}",
                  "--seed", 1 if part == "train" else 2]
    else:
        chosen = [source, "--prefix", part]
    measure.run("cs-sample", *chosen, "-o", images)
    measure.run("cs-query", images, "--victim", encoder, "-o", answers)
    measure.run("cs-show", answers, "--export", folder / part)
    return answers, np.load(folder / part / "embedding.npy"), labels_of(answers)


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        network = ["--arch", "resnet18", "--stem", "imagenet", "--threads", parsed.threads]
        (train, x, y), (test, test_x, test_y) = embed(folder, parsed.images, network)
        mean, std = x.mean(0), x.std(0)
        x, test_x = (x - mean) / std, (test_x - mean) / std
        accuracy = {}

        def ours():
            begin = time.perf_counter()
            line, = measure.json_lines(measure.run(
                "cs-probe", "--train", train, "--test", test, "--measure", "linear", "--l2", L2,
                "--threads", parsed.threads))
            accuracy["ours"] = line["accuracy"]
            return time.perf_counter() - begin

        def peer():
            begin = time.perf_counter()
            model = LogisticRegression(C=1 / (L2 * len(x)), max_iter=1000).fit(x, y)
            seconds = time.perf_counter() - begin
            accuracy["peer"] = model.score(test_x, test_y)
            return seconds

        seconds = measure.interleaved(parsed.repeat, ours, peer)
    measure.report("linear_probe", "s", *seconds, parsed, shape=list(x.shape), l2=L2,
                   accuracy=accuracy, points=round(100 * abs(accuracy["ours"] - accuracy["peer"]), 3))


if __name__ == "__main__":
    main()
