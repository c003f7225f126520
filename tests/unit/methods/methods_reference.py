#!/usr/bin/python3
"""Takes the steps of methods_export.cpp again, in double precision, with modules of PyTorch and
torchvision, and compares losses, weights, batch statistics, averages and queues.

usage: methods_reference.py EXPORTER

Every method is written down here from its source once more. Exit 0: all agree, 1: not, 77: no
PyTorch or torchvision.
"""
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    from torch.nn.functional import cross_entropy, kl_div, softmax
    from torchvision.models.resnet import BasicBlock
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import losses_reference as losses

# Ours is f32. Differences are measured against what two steps changed in a tensor: a term of the
# loss that is missing, counted twice or taken from the wrong place is some percent of that, and
# 1 % of one of them still shows.
LOSS_TOLERANCE = 2e-6
CHANGE_TOLERANCE = 1e-3
# A ReLU whose input is 0 but for rounding has a gradient that is anyone's guess, and among a
# million there sometimes is one: moving all weights by 1e-7 of themselves then changes as much.
# Other images have none there, while a mistake shows with any. So a case may have a few tries.
SEEDS = range(1, 9)


class SplitBatchNorm(torch.nn.BatchNorm2d):
    """Normalizes contiguous parts by themselves; running statistics follow the parts' mean."""

    parts = 1

    def forward(self, x):
        normalized, means, variances = [], [], []
        for part in x.split(len(x) // self.parts):
            mean = part.mean((0, 2, 3))
            square = ((part - mean[:, None, None]) ** 2).mean((0, 2, 3))
            count = part.numel() / part.shape[1]
            means.append(mean.detach())
            variances.append(square.detach() * count / (count - 1))
            scaled = (part - mean[:, None, None]) / torch.sqrt(square + 1e-5)[:, None, None]
            normalized.append(scaled * self.weight[:, None, None] + self.bias[:, None, None])
        self.running_mean.mul_(0.9).add_(0.1 * sum(means) / self.parts)
        self.running_var.mul_(0.9).add_(0.1 * sum(variances) / self.parts)
        self.num_batches_tracked += 1
        return torch.cat(normalized)


class Encoder(torch.nn.Module):
    """ResNet-10 at half of torchvision's width, with the CIFAR stem."""

    def __init__(self, weights, parts):
        super().__init__()

        def norm(width):
            layer = SplitBatchNorm(width) if parts > 1 else torch.nn.BatchNorm2d(width)
            layer.parts = parts
            return layer

        def stage(inputs, width, stride):
            shortcut = None
            if stride > 1:
                convolution = torch.nn.Conv2d(inputs, width, 1, stride, bias=False)
                shortcut = torch.nn.Sequential(convolution, norm(width))
            return torch.nn.Sequential(
                BasicBlock(inputs, width, stride, shortcut, norm_layer=norm))

        self.conv1 = torch.nn.Conv2d(3, 32, 3, padding=1, bias=False)
        self.bn1 = norm(32)
        self.layer1, self.layer2 = stage(32, 32, 1), stage(32, 64, 2)
        self.layer3, self.layer4 = stage(64, 128, 2), stage(128, 256, 2)
        if "encoder.fc.weight" in weights:
            self.fc = linear_like(weights["encoder.fc.weight"])

    def forward(self, images):
        x = torch.relu(self.bn1(self.conv1(images)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = torch.nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.fc(x) if hasattr(self, "fc") else x


def linear_like(weight):
    return torch.nn.Linear(weight.shape[1], weight.shape[0])


def perceptron(weights, prefix):
    """The layers that `weights` has under this name; ReLU where numbers are left out."""
    layers = {}
    for name, value in weights.items():
        if name.startswith(prefix):
            index, kind = name.split(".")[-2:]
            if kind == "weight" and value.dim() == 2:
                layers[int(index)] = linear_like(value)
            if kind == "running_mean":
                affine = name.replace(kind, "weight") in weights
                layers[int(index)] = torch.nn.BatchNorm1d(len(value), affine=affine)
    return torch.nn.Sequential(
        *(layers.get(i, torch.nn.ReLU()) for i in range(max(layers) + 1)))


def build(weights, settings):
    """All modules of a method, with names as ours."""
    parts = {"encoder": Encoder(weights, settings.get("bn-splits", 1))}
    if "fc.weight" in weights:
        parts["fc"] = linear_like(weights["fc.weight"])
    if "adapter.weight" in weights:
        parts["adapter"] = linear_like(weights["adapter.weight"])
    for name in ("projector", "predictor"):
        if f"{name}.0.weight" in weights:
            parts[name] = perceptron(weights, name + ".")
    if "follower.encoder.conv1.weight" in weights:
        parts["follower"] = torch.nn.ModuleDict({
            "encoder": Encoder(weights, settings.get("bn-splits", 1)),
            "projector": perceptron(weights, "follower.projector.")}).requires_grad_(False)
    model = torch.nn.ModuleDict(parts)
    if "queue" in weights:
        model.register_buffer("queue", torch.zeros(weights["queue"].shape))
    model = model.double().train()
    model.load_state_dict(weights, strict=True)
    return model


# The methods, each its loss of one step from views [view][image], answers and labels.


def supervised(model, views, _answers, labels, _settings):
    return cross_entropy(model["fc"](model["encoder"](views[0])), labels)


def label(model, views, answers, _labels, _settings):
    return cross_entropy(model["fc"](model["encoder"](views[0])), answers)


def posterior(model, views, answers, _labels, settings):
    logits = model["fc"](model["encoder"](views[0]))
    if settings["posterior-loss"] == "kl":
        target = answers if settings["softmax"] else softmax(answers, 1)
        return kl_div(logits.log_softmax(1), target, reduction="batchmean")
    return torch.nn.MSELoss()(softmax(logits, 1) if settings["softmax"] else logits, answers)


def steal(loss):
    """One view, one loss."""
    def of_step(model, views, answers, _labels, settings):
        rows = model["encoder"](views[0])
        if "adapter" in model:
            rows = model["adapter"](rows)
        return loss(rows, answers, settings.get("tau"), None)
    return of_step


def cont_steal(s, t, tau, _queue):
    return losses.one_sided(s, t, tau, True, False)


def barlow(model, views, answers, _labels, _settings):
    first, second = (model["encoder"](view) for view in views)
    of_first, of_second = answers.split(len(first))
    return losses.barlow(torch.cat([first, of_first]), torch.cat([second, of_second]), None, None)


def stolen_encoder(model, views, answers, _labels, settings):
    plain, *fresh = (losses.unit_distance(model["encoder"](view), answers, None, None)
                     for view in views)
    return plain + settings["view-weight"] * sum(fresh) / len(fresh)


def rda(model, views, answers, _labels, settings):
    """Its source puts all views through the surrogate as one batch."""
    rows = model["encoder"](torch.cat(views)).split(len(answers))
    return sum(losses.rda(each, answers, settings["tau"], None) for each in rows) / len(rows)


def simclr(model, views, _answers, _labels, settings):
    first, second = (model["projector"](model["encoder"](view)) for view in views)
    return losses.nt_xent(first, second, settings["tau"], None)


def byol(model, views, _answers, _labels, settings):
    first, second = (model["predictor"](model["projector"](model["encoder"](view)))
                     for view in views)
    follower = model["follower"]
    of_first, of_second = (follower["projector"](follower["encoder"](view)) for view in views)
    scale = 4 if settings["recipe"] == "solo" else 1
    return scale * negative_cosines(first, of_second, second, of_first)


def simsiam(model, views, _answers, _labels, _settings):
    (z1, p1), (z2, p2) = ((z, model["predictor"](z)) for z in
                          (model["projector"](model["encoder"](view)) for view in views))
    return negative_cosines(p1, z2.detach(), p2, z1.detach())


def negative_cosines(p1, z2, p2, z1):
    similarity = torch.nn.CosineSimilarity(dim=1)
    return -(similarity(p1, z2).mean() + similarity(p2, z1).mean()) / 2


def moco(model, views, _answers, _labels, settings):
    queries = [model["projector"](model["encoder"](view)) for view in views]
    groups, follower = settings.get("bn-splits", 1), model["follower"]
    order = [i for group in range(groups) for i in range(group, len(views[0]), groups)]
    keys = []
    for view in views:
        dealt = follower["projector"](follower["encoder"](view[order]))
        back = [None] * len(order)
        for row, image in zip(dealt, order):
            back[image] = row
        keys.append(torch.stack(back))
    settings["keys"] = [losses.unit(row) for row in torch.cat(keys)]  # for after_moco()
    queue = model.queue.clone()
    return (losses.queue_contrast(queries[0], keys[1], settings["tau"], queue)
            + losses.queue_contrast(queries[1], keys[0], settings["tau"], queue)) / 2


METHODS = {
    "supervised": supervised, "simclr": simclr, "moco": moco, "byol": byol, "simsiam": simsiam,
    "label": label, "posterior": posterior, "mse": steal(losses.mse),
    "cosine": steal(losses.cosine), "cont-steal": steal(cont_steal),
    "cont-steal-code": steal(losses.nt_xent), "infonce": steal(losses.nt_xent),
    "softnn": steal(losses.soft_nn), "barlow": barlow, "stolen-encoder": stolen_encoder,
    "rda": rda}


def after_step(model, step, settings):
    """What follows the optimizer: slower weights, and keys in the place of the oldest."""
    if "follower" not in model:
        return
    base, end = settings["ema"], settings["ema-end"]
    keep = end - (end - base) * (math.cos(math.pi * step / settings["steps"]) + 1) / 2
    for part, follower in model["follower"].items():
        for slow, fast in zip(follower.parameters(), model[part].parameters()):
            slow.copy_(keep * slow + (1 - keep) * fast)
    for i, key in enumerate(settings.get("keys", [])):
        model.queue[(step * len(settings["keys"]) + i) % len(model.queue)] = key


def read_safetensors(path):
    """Tensors, floats in double precision, and metadata."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(data[begin:end], {"F32": "<f4", "I64": "<i8"}[entry["dtype"]])
        tensor = torch.tensor(array.reshape(entry["shape"]).copy())
        tensors[name] = tensor.double() if entry["dtype"] == "F32" else tensor
    return tensors, metadata


def weights_of(tensors, prefix):
    return {name[len(prefix):]: value for name, value in tensors.items()
            if name.startswith(prefix)}


def difference(name, ours, reference, before):
    """How far apart two tensors are, relative to what training changed."""
    if not reference.is_floating_point():
        return 0.0 if ours.equal(reference) else math.inf
    # Some gradients are 0 but for rounding, as of a bias before batch norm.
    change = max((reference - before).norm().item(), 1e-4 * max(reference.norm().item(), 1e-2))
    return (ours - reference).norm().item() / change


def check(path):
    tensors, metadata = read_safetensors(path)
    method, settings = metadata["method"], json.loads(metadata["settings"])
    before, after = weights_of(tensors, "before."), weights_of(tensors, "after.")
    model = build(before, settings)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.SGD(trained, settings["lr"], momentum=0.9, weight_decay=5e-4)
    loss_error = 0
    for step in range(2):
        loss = METHODS[method](
            model, tensors[f"images.{step}"].split(settings["batch"]),
            tensors.get(f"answers.{step}"), tensors.get(f"labels.{step}"), settings)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            after_step(model, step, settings)
        ours = tensors[f"loss.{step}"].item()
        loss_error = max(loss_error, abs(loss.item() - ours) / max(1, abs(ours)))
    state = model.state_dict()
    errors = {name: difference(name, ours, state[name], before[name])
              for name, ours in after.items()}
    worst = max(errors, key=errors.get)
    print(f"{path.stem}: loss {loss.item():.6f}, off by {loss_error:.1e}; {worst} off by "
          f"{errors[worst]:.1e} of its change, {len(errors)} tensors", flush=True)
    return (method, list(state) == list(after) and loss_error < LOSS_TOLERANCE
            and errors[worst] < CHANGE_TOLERANCE)


def export(folder, seed, wanted):
    """The files of the wanted cases (of all where none is named), by case; the names of all methods."""
    run = subprocess.run([sys.argv[1], folder, str(seed), *wanted], check=True,
                         stdout=subprocess.PIPE, text=True)
    return {path.stem: path for path in sorted(pathlib.Path(folder).iterdir())}, run.stdout.split()


def main():
    # Two threads on networks this small wait for each other where another test runs beside.
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    differ, methods = [], set()
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            files, names = export(folder, seed, differ)
            differ = []
            for case, path in files.items():
                method, agrees = check(path)
                methods.add(method)
                if not agrees:
                    differ.append(case)
        if not differ:
            break
        print(f"seed {seed}: {', '.join(differ)} differ", flush=True)
    if set(names) != methods:
        sys.exit(f"not compared: {', '.join(sorted(set(names) - methods))}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
