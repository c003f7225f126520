#!/usr/bin/python3
"""Takes the optimizer steps of step_export.cpp again with torchvision's ResNet-18 and torch.optim.

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


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        before, sgd, adam = (read(os.path.join(folder, name + ".bin"))
                             for name in ("before", "sgd", "adam"))
    # Adam's first step is lr * sign(gradient): a gradient that is zero but for rounding may go
    # either way, by at most twice the learning rate.
    same = [compare("sgd", lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=5e-4),
                    before, sgd, 1e-4),
            compare("adam", lambda p: torch.optim.Adam(p, 3e-4, weight_decay=1e-4),
                    before, adam, 6.1e-4)]
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
