#!/usr/bin/python3
"""Images per second of a step of cont-steal: cs-train with stored answers against a plain PyTorch
loop of the published protocol.

usage: cont_steal_step.py BIN

Both train a ResNet-18 on 32 x 32 pixels with Adam, in the precision that each takes by itself. The peer
(peers.ContSteal) does what the released code does: f32, batch 32, the victim (a ResNet-18 with the
CIFAR stem) asked in the loop and walked through by the backward pass, similarities by broadcast. It is
spared the decoding of files, and gets all threads where the released code takes one. Lines: the CIFAR
stem at our better batch of 128 and 256; at equal batch; the ImageNet stem at batch 256, and that again
to a kinder peer that asks the victim under no_grad().
"""
import pathlib

import torch

import measure
import peers

BATCH = 32
STEPS = 6    # of the peer, a repetition
FEW = 512    # images of ours with the CIFAR stem: two steps or more
MANY = 2560  # with the ImageNet stem, which is quick


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        few, many = (measure.Attack(parsed, folder, count) for count in (FEW, MANY))
        cifar, imagenet, kinder = (
            peers.ContSteal("cifar", BATCH, STEPS), peers.ContSteal("imagenet", BATCH, STEPS),
            peers.ContSteal("imagenet", BATCH, STEPS, torch.no_grad))

        def ours(attack, stem, batch):
            epochs = measure.train(
                folder, "--method", "cont-steal", "--images", attack.images, "--answers",
                attack.answers, "--arch", "resnet18", "--stem", stem, "--threads", parsed.threads,
                "--batch", batch, "--epochs", 2)
            return max(epoch["images_per_second"] for epoch in epochs)

        (at_128, at_256, equal, cifar_peers, large, peer_rates, kinder_rates) = measure.interleaved(
            parsed.repeat, lambda: ours(few, "cifar", 128), lambda: ours(few, "cifar", 256),
            lambda: ours(few, "cifar", BATCH), cifar.rate, lambda: ours(many, "imagenet", 256),
            imagenet.rate, kinder.rate)
    better, rates = max((128, at_128), (256, at_256), key=lambda pair: max(pair[1]))
    for name, mine, others, stem, batch, target in (
            ("cont_steal_step", rates, cifar_peers, "cifar", better, 3.8),
            ("cont_steal_step_at_equal_batch", equal, cifar_peers, "cifar", BATCH, 3),
            ("cont_steal_step_imagenet", large, peer_rates, "imagenet", 256, 16),
            ("cont_steal_step_imagenet_against_no_grad", large, kinder_rates, "imagenet", 256, None)):
        measure.report(name, "images/s", mine, others, parsed, target=target, stem=stem, batch=batch,
                       peer_batch=BATCH)


if __name__ == "__main__":
    main()
