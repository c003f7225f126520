#!/usr/bin/python3
"""Images per second of a step of cont-steal: cs-train with stored answers against a plain PyTorch
loop of the published protocol.

usage: cont_steal_step.py BIN

Both train a ResNet-18 with the ImageNet stem on 32 x 32 pixels with Adam. The peer does what the
released code does: f32, batch 32, torchvision's transforms on PIL images in the process, the victim
(a ResNet-18 with the CIFAR stem) asked in the loop and, since nothing there stops it, walked through
by the backward pass too, similarities by broadcast. It is spared the decoding of files. Ours runs at
batch 256 and, for the ratio at equal batch, at 32; the last ratio is to a kinder peer that asks the
victim under no_grad().
"""
import contextlib
import pathlib
import time

import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision import transforms

import measure

BATCH = 32
IMAGES = 2560


def victim_with_cifar_stem():
    model = torchvision.models.resnet18(weights=None)
    model.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    model.maxpool = torch.nn.Identity()
    model.fc = torch.nn.Identity()
    return model.eval()


def broadcast_loss(surrogate, victim, tau=0.5):
    """-log of e^{sim(s_i, t_i)} over the sums of both kinds of negatives, each pair compared by a
    cosine of broadcast rows."""
    cosine = torch.nn.CosineSimilarity(dim=2)
    positive = torch.eye(len(surrogate), dtype=torch.bool)
    with_victim = torch.exp(cosine(surrogate[:, None], victim[None]) / tau)
    with_self = torch.exp(cosine(surrogate[:, None], surrogate[None]) / tau)
    negatives = (with_victim.masked_fill(positive, 0) + with_self.masked_fill(positive, 0)).sum(1)
    return -torch.log(with_victim.diagonal() / negatives).mean()


class Pairs(torch.utils.data.Dataset):
    """Two independent views of each image: the victim's and the surrogate's."""

    def __init__(self, count):
        self.images = [Image.fromarray(pixels) for pixels in np.random.default_rng(1).integers(
            0, 256, (count, 32, 32, 3), dtype=np.uint8)]
        self.views = transforms.Compose([
            transforms.RandAugment(2, 14), transforms.RandomCrop(32, padding=4),
            transforms.RandomHorizontalFlip(), transforms.ToTensor()])

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.views(self.images[index]), self.views(self.images[index])


class Peer:
    def __init__(self, asks_under):
        self.asks_under = asks_under
        self.victim = victim_with_cifar_stem()
        self.surrogate = torchvision.models.resnet18(weights=None)
        self.surrogate.fc = torch.nn.Identity()
        self.optimizer = torch.optim.Adam(self.surrogate.parameters(), lr=3e-4)
        self.loader = torch.utils.data.DataLoader(Pairs(8 * BATCH), BATCH, shuffle=True)

    def rate(self):
        """Images per second of one epoch of eight steps."""
        begin = time.perf_counter()
        for for_victim, for_surrogate in self.loader:
            with self.asks_under():
                answers = self.victim(for_victim)
            loss = broadcast_loss(self.surrogate(for_surrogate), answers)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            loss.item()
        return 8 * BATCH / (time.perf_counter() - begin)


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        images, views, answers = (folder / f"{part}.lmdb" for part in ("images", "views", "answers"))
        log, victim = folder / "log.jsonl", folder / "victim.safetensors"
        network = ["--arch", "resnet18", "--stem", "imagenet", "--threads", parsed.threads]
        measure.run("cs-sample", parsed.images, "-n", IMAGES, "-o", images)
        measure.run("cs-augment", images, "--policy", "cont-steal", "-o", views)
        measure.run("cs-train", "--method", "simclr", "--images", images, "--epochs", 0,
                    "-o", victim, *network)
        measure.run("cs-query", views, "--victim", victim, "-o", answers)

        def ours(batch):
            measure.run("cs-train", "-f", "--method", "cont-steal", "--images", images,
                        "--answers", answers, "--batch", batch, "--epochs", 2, "--log", log,
                        "-o", folder / "surrogate.safetensors", *network)
            epochs = [line for line in measure.json_lines(log.read_text()) if "epoch" in line]
            return max(line["images_per_second"] for line in epochs)

        published, kinder = Peer(contextlib.nullcontext), Peer(torch.no_grad)
        kinder.rate()  # warms up
        large, equal, peers, kinder_peers = measure.interleaved(
            parsed.repeat, lambda: ours(256), lambda: ours(BATCH), published.rate, kinder.rate)
    for name, rates, others, batch in (
            ("cont_steal_step", large, peers, 256),
            ("cont_steal_step_at_equal_batch", equal, peers, BATCH),
            ("cont_steal_step_against_no_grad", large, kinder_peers, 256)):
        measure.report(name, "images/s", rates, others, parsed, batch=batch, peer_batch=BATCH)


if __name__ == "__main__":
    main()
