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


def one_sided(anchors, others, tau, self_negatives, positive):
    """-log[D+ / (D-enc + D-self)], exponentials and sums spelled out."""
    enc = torch.exp(cosines(anchors, others) / tau)
    own = torch.exp(cosines(anchors, anchors) / tau)
    total = 0
    for i in range(len(anchors)):
        rest = [k for k in range(len(anchors)) if k != i]
        denominator = enc[i, rest].sum()
        if self_negatives:
            denominator = denominator + own[i, rest].sum()
        if positive:
            denominator = denominator + enc[i, i]
        total = total - torch.log(enc[i, i] / denominator)
    return total / len(anchors)


def cont_steal(s, t, tau, name):
    terms = tau, "no_self" not in name, "positive" in name
    loss = one_sided(s, t, *terms)
    return (loss + one_sided(t, s, *terms)) / 2 if "symmetric" in name else loss


def kl(s, t, _tau):
    p, log_q = t.softmax(1), s.log_softmax(1)
    return sum((a * (a.log() - b)).sum() for a, b in zip(p, log_q)) / len(s)


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
        name = result["loss"]
        if name.startswith("cont_steal"):
            loss = cont_steal(s, t, result["tau"], name)
        else:
            loss = globals()[name](s, t, result["tau"])
        loss.backward()
        error = max(abs(loss.item() - result["value"]),
                    np.abs(s.grad.numpy().ravel() - result["gradient"]).max())
        print(f"{result['loss']} tau {result['tau']}: {loss.item():.6f}, off by {error:.1e}")
        worst = max(worst, error)
    return 0 if worst < TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
