#!/usr/bin/python3
"""Recomputes the losses of lib/learn/losses.hpp from their equations with NumPy and PyTorch.

usage: losses_reference.py EXPORTER

EXPORTER prints inputs, losses and gradients as JSON. Exit 0: all agree, 1: not, 77: no PyTorch.
"""
import json
import subprocess
import sys

try:
    import numpy as np
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TOLERANCE = 1e-4


def cosines(a, b):
    return (a / a.norm(dim=1, keepdim=True)) @ (b / b.norm(dim=1, keepdim=True)).T


def mse(s, t, _tau):
    return ((s - t) ** 2).sum() / s.numel()


def cosine(s, t, _tau):
    return sum(1 - torch.dot(a, b) / (a.norm() * b.norm()) for a, b in zip(s, t)) / len(s)


def cont_steal(s, t, tau, self_negatives=True):
    """-log[D+ / (D-enc + D-self)], exponentials and sums spelled out."""
    enc, own = torch.exp(cosines(s, t) / tau), torch.exp(cosines(s, s) / tau)
    total = 0
    for i in range(len(s)):
        others = [k for k in range(len(s)) if k != i]
        negatives = enc[i, others].sum() + (own[i, others].sum() if self_negatives else 0)
        total = total - torch.log(enc[i, i] / negatives)
    return total / len(s)


def cont_steal_no_self(s, t, tau):
    return cont_steal(s, t, tau, self_negatives=False)


def nt_xent(a, b, tau):
    """Every row classifies its partner among the 2N - 1 others: the form of an InfoNCE attack."""
    z = torch.cat([a, b])
    n = len(a)
    sims = cosines(z, z)
    total = 0
    for i in range(2 * n):
        partner = (i + n) % (2 * n)
        rest = [k for k in range(2 * n) if k not in (i, partner)]
        logits = torch.cat([sims[i, partner].reshape(1), sims[i, rest]]) / tau
        total = total + torch.nn.functional.cross_entropy(logits[None], torch.zeros(1).long())
    return total / (2 * n)


def main():
    out = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True).stdout)
    t = torch.tensor(out["victim"], dtype=torch.float64).reshape(out["rows"], -1)
    worst = 0.0
    for result in out["results"]:
        s = torch.tensor(out["surrogate"], dtype=torch.float64).reshape(out["rows"], -1)
        s.requires_grad_()
        loss = globals()[result["loss"]](s, t, result["tau"])
        loss.backward()
        error = max(abs(loss.item() - result["value"]),
                    np.abs(s.grad.numpy().ravel() - result["gradient"]).max())
        print(f"{result['loss']} tau {result['tau']}: {loss.item():.6f}, off by {error:.1e}")
        worst = max(worst, error)
    return 0 if worst < TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
