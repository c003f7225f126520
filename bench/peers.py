"""What the benchmarks of training compare with: networks, losses and loops as they are usual in Python.

They are f32 and NCHW, as published, and read PIL images in the process through torchvision's transforms and
a DataLoader without workers. What they are spared is the decoding of files: the images are in memory.
"""
import contextlib
import time

import numpy as np
import torch
import torchvision
from PIL import Image
from torch.nn import functional
from torchvision import transforms


def resnet18(stem):
    """A ResNet-18 that gives its 512 features."""
    model = torchvision.models.resnet18(weights=None)
    if stem == "cifar":
        model.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        model.maxpool = torch.nn.Identity()
    model.fc = torch.nn.Identity()
    return model


def broadcast_similarities(rows):
    """The cosine of every row with every row, of two tensors that are broadcast, as Cont-Steal's code and
    many others have it."""
    return functional.cosine_similarity(rows.unsqueeze(1), rows.unsqueeze(0), dim=2)


def broadcast_cont_steal(surrogate, victim, tau=0.5):
    """The paper's loss: -log of e^{sim(s_i, t_i)} over the sums of both kinds of negatives."""
    n = len(surrogate)
    positive = torch.eye(n, dtype=torch.bool)
    terms = torch.exp(broadcast_similarities(torch.cat([surrogate, victim]))[:n] / tau)
    with_self, with_victim = terms[:, :n], terms[:, n:]
    negatives = (with_victim.masked_fill(positive, 0) + with_self.masked_fill(positive, 0)).sum(1)
    return -torch.log(with_victim.diagonal() / negatives).mean()


def broadcast_nt_xent(a, b, tau=0.5):
    """The loss of the released code: NT-Xent over all 2N rows."""
    n = len(a)
    similarities = broadcast_similarities(torch.cat([a, b]))
    positives = torch.cat([similarities.diagonal(n), similarities.diagonal(-n)])
    others = ~torch.eye(2 * n, dtype=torch.bool)
    negatives = (torch.exp(similarities / tau) * others).sum(1)
    return -torch.log(torch.exp(positives / tau) / negatives).mean()


def nt_xent(rows, tau=0.5):
    """NT-Xent of rows whose pairs are neighbors, by one product of matrices."""
    rows = functional.normalize(rows, dim=1)
    scores = rows @ rows.t() / tau - 1e5 * torch.eye(len(rows))
    return functional.cross_entropy(scores, torch.arange(len(rows)) ^ 1)


class Pairs(torch.utils.data.Dataset):
    """Two independent views of each of `count` images of noise."""

    def __init__(self, count, view):
        self.images = [Image.fromarray(pixels) for pixels in np.random.default_rng(1).integers(
            0, 256, (count, 32, 32, 3), dtype=np.uint8)]
        self.view = view

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.view(self.images[index]), self.view(self.images[index])


class ContSteal:
    """Cont-Steal's published protocol: the victim, a ResNet-18 with the CIFAR stem, is asked in the loop
    and, since nothing there stops it, walked through by the backward pass too; loss by broadcast; Adam;
    the loss is read twice a step."""

    def __init__(self, stem, batch, steps, asks_under=contextlib.nullcontext):
        self.asks_under = asks_under
        self.images = batch * steps
        self.victim = resnet18("cifar").eval()
        self.surrogate = resnet18(stem)
        self.optimizer = torch.optim.Adam(self.surrogate.parameters(), lr=3e-4)
        view = transforms.Compose([
            transforms.RandAugment(2, 14), transforms.RandomCrop(32, padding=4),
            transforms.RandomHorizontalFlip(), transforms.ToTensor()])
        self.loader = torch.utils.data.DataLoader(Pairs(self.images, view), batch, shuffle=True)

    def rate(self):
        """Images a second of one epoch."""
        begin, total, last = time.perf_counter(), 0, 0
        for for_victim, for_surrogate in self.loader:
            with self.asks_under():
                answers = self.victim(for_victim)
            loss = broadcast_cont_steal(self.surrogate(for_surrogate), answers)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total, last = total + loss.item(), loss.item()
        assert np.isfinite(total + last)
        return self.images / (time.perf_counter() - begin)


class Simclr:
    """SimCLR on CIFAR-10 after p3i0t/SimCLR-CIFAR10: all views of a step in one batch, NT-Xent by one
    product of matrices, SGD; with the widths of our projector."""

    def __init__(self, batch, steps):
        self.views = 2 * batch * steps
        self.model = torch.nn.Sequential(resnet18("cifar"), torch.nn.Linear(512, 1024),
                                         torch.nn.ReLU(), torch.nn.Linear(1024, 128))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.06 * batch / 256, momentum=0.9,
                                         weight_decay=5e-4)
        view = transforms.Compose([
            transforms.RandomResizedCrop(32, scale=(0.2, 1)), transforms.RandomHorizontalFlip(),
            transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
            transforms.RandomGrayscale(p=0.2), transforms.ToTensor()])
        self.loader = torch.utils.data.DataLoader(Pairs(batch * steps, view), batch, shuffle=True)

    def rate(self):
        """Views a second of one epoch."""
        begin, total = time.perf_counter(), 0
        for pair in self.loader:
            views = torch.stack(pair, dim=1).flatten(0, 1)  # the two of a record are neighbors
            loss = nt_xent(self.model(views))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        assert np.isfinite(total)
        return self.views / (time.perf_counter() - begin)
