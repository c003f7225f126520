#!/usr/bin/python3
"""Takes the optimizer steps of step_export.cpp again with torchvision's ResNet-18 and torch.optim,
and three steps of every rule from given weights with given gradients; LARS from its formula.

usage: step_reference.py EXPORTER

Exit 0: weights, batch statistics and losses agree, 1: not, 77: no PyTorch or torchvision.
"""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    import torchvision
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def read(path):
    """The records of a file: name, newline, number of values, newline, f32 values."""
    tensors = {}
    with open(path, "rb") as file:
        while name := file.readline().decode().strip():
            count = int(file.readline())
            tensors[name] = torch.tensor(np.frombuffer(file.read(4 * count), np.float32))
    return tensors


def cifar_resnet18(weights):
    model = torchvision.models.resnet18()
    model.conv1 = torch.nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)
    model.maxpool = torch.nn.Identity()
    model.fc = torch.nn.Identity()
    state = {name: weights[name].reshape(value.shape).to(value.dtype)
             for name, value in model.state_dict().items()}
    model.load_state_dict(state)
    return model.train()


def cont_steal(s, t, tau):
    s, t = (torch.nn.functional.normalize(x, dim=1) for x in (s, t))
    keep = 1 - torch.eye(len(s))
    positives = torch.exp((s * t).sum(1) / tau)
    negatives = ((torch.exp(s @ t.T / tau) + torch.exp(s @ s.T / tau)) * keep).sum(1)
    return -torch.log(positives / negatives).mean()


def compare(name, make_optimizer, before, after, tolerance):
    """True if one step from `before` leads to `after`."""
    model = cifar_resnet18(before)
    images = before["pixels"].reshape(8, 32, 32, 3).permute(0, 3, 1, 2) / 255
    loss = cont_steal(model(images), before["answers"].reshape(8, -1), 0.5)
    loss.backward()
    make_optimizer(model.parameters()).step()
    errors = torch.cat([(value.float().flatten() - after[key]).abs()
                        for key, value in model.state_dict().items()])
    worst, share = errors.max().item(), (errors > 1e-5).float().mean().item()
    print(f"{name}: loss {loss.item():.6f} against {after['loss'].item():.6f}, largest difference "
          f"{worst:.1e}, over 1e-5 in {share:.1e} of the values")
    return (abs(loss.item() - after["loss"].item()) < 1e-5 and worst <= tolerance
            and share < 1e-3)


def lars(weights, gradients, lr, momentum, decay, clip):
    """You et al., 2017, as solo-learn runs it, in numpy and double precision: yields the weights
    after each step. Biases and norms (one dimension) are neither scaled nor decayed."""
    weights = [w.numpy().astype(np.float64) for w in weights]
    velocities = [np.zeros_like(w) for w in weights]
    for step in gradients:
        step = [g.numpy().astype(np.float64) for g in step]
        total = np.sqrt(sum((g ** 2).sum() for g in step))
        shrink = min(1, clip / (total + 1e-6)) if clip else 1
        for i, (w, g) in enumerate(zip(weights, step)):
            g = g * shrink
            w_norm, g_norm = np.sqrt((w ** 2).sum()), np.sqrt((g ** 2).sum())
            if w.ndim != 1 and w_norm != 0 and g_norm != 0:
                rate = 0.02 * w_norm / (g_norm + decay * w_norm + 1e-8)
                g = (g + decay * w) * min(rate / lr, 1)
            velocities[i] = momentum * velocities[i] + g
            weights[i] = w - lr * velocities[i]
        yield [torch.tensor(w) for w in weights]


def torch_steps(weights, gradients, make_optimizer, clip):
    """The weights after each step of an optimizer of PyTorch."""
    weights = [w.clone().requires_grad_() for w in weights]
    optimizer = make_optimizer(weights)
    for step in gradients:
        for w, g in zip(weights, step):
            w.grad = g.clone()
        if clip:
            torch.nn.utils.clip_grad_norm_(weights, clip)
        optimizer.step()
        yield [w.detach() for w in weights]


def compare_steps(file):
    """True if every rule in the file took its three steps as its reference does.

    Weights are around 1 and at most 5, so that one rounding is 2.4e-7 at most; a few of them in
    each of three steps stay below 2e-6. The smallest mistake that a rule can make here is seen:
    steps are of 3e-4 (Adam) and more, decay moves a weight by 3e-5 (AdamW) in each.
    """
    shapes = [(16, 8, 3, 3), (16,), (10, 16), (10,)]
    weights = [file[f"w.{i}"].reshape(shape) for i, shape in enumerate(shapes)]
    gradients = [[file[f"g.{step}.{i}"].reshape(shape) for i, shape in enumerate(shapes)]
                 for step in range(3)]
    sgd, adam, adamw = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
    rules = {
        "sgd": (lambda p: sgd(p, 0.1, momentum=0.9, weight_decay=5e-4), 0),
        "sgd_clip": (lambda p: sgd(p, 0.1, momentum=0.9, weight_decay=5e-4), 2),
        "sgd_plain": (lambda p: sgd(p, 0.1), 0),
        "adam": (lambda p: adam(p, 3e-4, weight_decay=0.1), 0),
        "adam_clip": (lambda p: adam(p, 3e-4, weight_decay=0.1), 2),
        "adamw": (lambda p: adamw(p, 3e-4, weight_decay=0.1), 0),
    }
    references = {name: torch_steps(weights, gradients, *rule) for name, rule in rules.items()}
    references["lars"] = lars(weights, gradients, 0.4, 0.9, 1e-2, 0)
    references["lars_clip"] = lars(weights, gradients, 0.4, 0.9, 1e-2, 2)
    references["lars_low"] = lars(weights, gradients, 1e-3, 0.9, 1e-2, 0)
    good = True
    for name, steps in references.items():
        errors = [max((value.flatten() - file[f"{name}.{step}.{i}"]).abs().max().item()
                      for i, value in enumerate(values)) for step, values in enumerate(steps)]
        print(f"{name}: largest difference after each step "
              + ", ".join(f"{error:.1e}" for error in errors))
        good = good and len(errors) == 3 and max(errors) < 2e-6
    return good


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        before, sgd, adam, steps = (read(os.path.join(folder, name + ".bin"))
                                    for name in ("before", "sgd", "adam", "steps"))
    # Adam's first step is lr * sign(gradient): a gradient that is zero but for rounding may go
    # either way, by at most twice the learning rate.
    same = [compare("sgd", lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=5e-4),
                    before, sgd, 1e-4),
            compare("adam", lambda p: torch.optim.Adam(p, 3e-4, weight_decay=1e-4),
                    before, adam, 6.1e-4),
            compare_steps(steps)]
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
