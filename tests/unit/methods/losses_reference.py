#!/usr/bin/python3
"""Recomputes the losses of lib/methods/losses.hpp from their equations, row by row and term by term.

usage: losses_reference.py EXPORTER

EXPORTER prints inputs, losses and gradients as JSON. Exit 0: all agree, 1: not, 77: no PyTorch.
"""
import json
import subprocess
import sys

try:
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

# Of the value (if that is over 1) and of the largest gradient: some hundred roundings of each type.
# The smallest term that a mistake could leave out, one of 12 rows' or one of 9 queued keys', is
# 1e-3 of them and more.
TOLERANCES = {"Float": 1e-5, "Double": 1e-12}


def unit(row):
    return row / torch.sqrt((row * row).sum())


def cosine_of(a, b):
    return (unit(a) * unit(b)).sum()


def others(i, count):
    return [k for k in range(count) if k != i]


def mse(s, t, _tau, _queue):
    return ((s - t) ** 2).sum() / s.numel()


def cosine(s, t, _tau, _queue):
    return sum(1 - cosine_of(a, b) for a, b in zip(s, t)) / len(s)


def kl(s, t, _tau, _queue):
    p, log_q = t.softmax(1), s.log_softmax(1)
    return sum((a * (a.log() - b)).sum() for a, b in zip(p, log_q)) / len(s)


def nt_xent(a, b, tau, _queue):
    """Every row classifies its partner among the 2N - 1 others: the form of an InfoNCE attack."""
    z = torch.cat([a, b])
    n = len(a)
    total = 0
    for i in range(2 * n):
        partner = (i + n) % (2 * n)
        order = [partner] + [k for k in others(i, 2 * n) if k != partner]
        logits = torch.stack([cosine_of(z[i], z[k]) / tau for k in order])
        total = total + torch.nn.functional.cross_entropy(logits[None], torch.zeros(1).long())
    return total / (2 * n)


def one_sided(anchors, rest, tau, self_negatives, positive):
    """-log[D+ / (D-enc + D-self)], exponentials and sums spelled out."""
    total = 0
    for i, anchor in enumerate(anchors):
        own = torch.exp(cosine_of(anchor, rest[i]) / tau)
        denominator = own if positive else 0
        for k in others(i, len(anchors)):
            denominator = denominator + torch.exp(cosine_of(anchor, rest[k]) / tau)
            if self_negatives:
                denominator = denominator + torch.exp(cosine_of(anchor, anchors[k]) / tau)
        total = total - torch.log(own / denominator)
    return total / len(anchors)


def cont_steal(s, t, tau, name):
    terms = tau, "no_self" not in name, "positive" in name
    loss = one_sided(s, t, *terms)
    return (loss + one_sided(t, s, *terms)) / 2 if "symmetric" in name else loss


def soft_nn(s, t, temperature, _queue):
    """Frosst et al., equation 1, where row i of s and row i of t are the only two of a class."""
    z = torch.cat([s, t])
    n = len(s)

    def weight(i, k):
        return torch.exp(-((z[i] - z[k]) ** 2).sum() / temperature)

    total = 0
    for i in range(2 * n):
        same = weight(i, i + n if i < n else i - n)
        total = total - torch.log(same / sum(weight(i, k) for k in others(i, 2 * n)))
    return total / (2 * n)


def barlow(p, q, _tau, _queue):
    def batch_norm(x):
        return torch.nn.functional.batch_norm(x, None, None, training=True)

    p, q = batch_norm(p), batch_norm(q)
    loss = 0
    for i in range(p.shape[1]):
        for j in range(p.shape[1]):
            correlation = sum(a * b for a, b in zip(p[:, i], q[:, j])) / len(p)
            loss = loss + ((correlation - 1) ** 2 if i == j else 0.0051 * correlation**2)
    return loss


def unit_distance(s, t, _tau, _queue):
    return sum(torch.dist(unit(a), unit(b), 2) for a, b in zip(s, t))


def rda(s, prototypes, tau, _queue):
    contrast, align = 0, 0
    for i, row in enumerate(s):
        u, p = unit(row), prototypes[i]
        denominator = 0
        for k in others(i, len(s)):
            denominator = denominator + torch.exp((u * prototypes[k]).sum() / tau)
            denominator = denominator + torch.exp((u * unit(s[k])).sum() / tau)
        contrast = contrast - torch.log(torch.exp((u * p).sum() / tau) / denominator)
        align = align - torch.log((cosine_of(u, p) + 1) / (((u - p) ** 2).sum() + 1e-8))
    return contrast / len(s) + align / len(s)


def queue_contrast(queries, keys, tau, queue):
    """The key is class 0 of a classifier whose other classes are the queue's rows."""
    total = 0
    for query, key in zip(queries, keys):
        products = [(unit(query) * row).sum() for row in [unit(key), *queue]]
        total = total - torch.log_softmax(torch.stack(products) / tau, 0)[0]
    return total / len(queries)


def matrix(out, name, rows):
    return torch.tensor(out[name], dtype=torch.float64).reshape(rows, -1)


def error_of(result, out):
    s, t = (matrix(out, name, out["rows"]).requires_grad_() for name in "st")
    name = result["loss"]
    if name.startswith("cont_steal"):
        loss = cont_steal(s, t, result["tau"], name)
    else:
        queue = matrix(out, "queue", len(out["queue"]) // s.shape[1])
        loss = globals()[name](s, t, result["tau"], queue)
    loss.backward()
    error = abs(loss.item() - result["value"]) / max(1, abs(loss.item()))
    for ours, leaf in zip(result["gradients"], (s, t)):
        difference = (leaf.grad.flatten() - torch.tensor(ours, dtype=torch.float64)).abs().max()
        error = max(error, (difference / leaf.grad.abs().max()).item())
    print(f"{name} tau {result['tau']} {result['type']}: {loss.item():.6f}, off by {error:.1e}")
    return error


def main():
    torch.set_num_threads(1)
    all_agree = True
    results = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True).stdout)
    if [len(out["results"]) for out in results] != [29, 29]:
        sys.exit("not the losses that there were")
    for out in results:
        for result in out["results"]:
            all_agree &= error_of(result, out) < TOLERANCES[result["type"]]
    return 0 if all_agree else 1


if __name__ == "__main__":
    sys.exit(main())
