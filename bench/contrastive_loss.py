#!/usr/bin/python3
"""Seconds of the contrastive losses, forward and backward, by one product of matrices against the
published broadcast.

usage: contrastive_loss.py BIN

Batch 256, width 512, both sides from one file. The peer (peers.broadcast_*) compares all rows of a cosine
of broadcast tensors, as the released code does; it takes seconds and gigabytes. Ours is built beside BIN:
cmake --build BUILD --target bench_programs. It runs in a process of its own, ten times where the peer runs
once, and counts the mean; `grown_mb` is by how much its memory ever grew over what it had with its
inputs, the first call's share of libraries included. `loss_off` and `gradient_off` are the largest
differences of value and gradient, the latter relative to its largest entry.
"""
import os
import pathlib
import subprocess
import time

import numpy as np
import torch

import measure
import peers

BATCH, WIDTH, TAU = 256, 512, 0.5
MOST_GROWN_MB = 64
MOST_OFF = 1e-5


class Ours:
    """bench/contrastive_loss.cpp, running."""

    def __init__(self, parsed, inputs, loss, gradient):
        program = pathlib.Path(parsed.bin).parent / "bench/contrastive_loss"
        words = (program, inputs, loss, BATCH, WIDTH, TAU, parsed.threads, gradient)
        # Between calls the peer computes: threads that spin while they wait would be in its way.
        self.process = subprocess.Popen([str(word) for word in words], text=True,
                                        env={**os.environ, "OMP_WAIT_POLICY": "passive"},
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.loss, self.grown = None, 0

    def seconds(self):
        print(file=self.process.stdin, flush=True)
        seconds, self.loss, self.grown = map(float, self.process.stdout.readline().split())
        return seconds

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError("contrastive_loss failed")


def bench(name, broadcast, folder, parsed):
    inputs, gradient = folder / "inputs", folder / "gradient"
    rows = np.random.default_rng(1).standard_normal((2, BATCH, WIDTH), dtype=np.float32)
    rows[1] += rows[0]  # pairs resemble each other
    rows.tofile(inputs)
    surrogate, victim = torch.from_numpy(rows)
    surrogate.requires_grad_()
    victim.requires_grad_(name == "nt_xent")
    losses = []

    def peer():
        surrogate.grad = victim.grad = None
        begin = time.perf_counter()
        loss = broadcast(surrogate, victim, TAU)
        loss.backward()
        seconds = time.perf_counter() - begin
        losses.append(loss.item())
        return seconds

    ours = Ours(parsed, inputs, name, gradient)
    seconds = measure.interleaved(parsed.repeat, ours.seconds, peer)
    ours.close()
    theirs = surrogate.grad.numpy()
    off = np.abs(np.fromfile(gradient, np.float32).reshape(theirs.shape) - theirs).max()
    found = {"loss_off": abs(ours.loss - losses[-1]), "gradient_off": off / np.abs(theirs).max()}
    grown = ours.grown / 1e6
    measure.report(f"contrastive_loss_{name}", "s", *seconds, parsed, target=100, shape=[BATCH, WIDTH],
                   **{key: float(f"{value:.2g}") for key, value in found.items()},
                   grown_mb=round(grown, 1), most_grown_mb=MOST_GROWN_MB)
    return grown < MOST_GROWN_MB and max(found.values()) <= MOST_OFF


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    with measure.scratch() as name:
        held = [bench("cont_steal", peers.broadcast_cont_steal, pathlib.Path(name), parsed),
                bench("nt_xent", peers.broadcast_nt_xent, pathlib.Path(name), parsed)]
    if not all(held):
        raise SystemExit(f"contrastive_loss.py: values are off by over {MOST_OFF}, or memory grew by "
                         f"{MOST_GROWN_MB} MB or more")


if __name__ == "__main__":
    main()
