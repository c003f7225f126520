#!/usr/bin/python3
"""SimCLR views a second on one thread, from images in memory: ours against torchvision's.

usage: augment.py BIN [--images SOURCE]

Three lines: views of 32 px, of 224 px without blur and of 224 px with. The peer is the usual
transforms.Compose on PIL images; neither side makes tensors. At 32 px both have SimCLR's settings
for CIFAR-10 and read the images as they are; at 224 px both read them enlarged to 500 x 375, as
photographs are, the first with the same settings, the second with those of full strength. Ours is
built beside BIN: cmake --build BUILD --target bench_programs.
"""
import pathlib
import subprocess
import time

from PIL import Image
from torchvision import transforms

import measure

PHOTO = (500, 375)
IMAGES = 1000  # at 32 px
PHOTOS = 200


def simclr(size, scale, strength, blur):
    """SimCLR's transforms: `strength` are those of the color jitter."""
    steps = [transforms.RandomResizedCrop(size, scale=scale),
             transforms.RandomHorizontalFlip(),
             transforms.RandomApply([transforms.ColorJitter(*strength)], p=0.8),
             transforms.RandomGrayscale(p=0.2)]
    if blur:
        kernel = size // 10 | 1
        steps.append(transforms.RandomApply([transforms.GaussianBlur(kernel, (0.1, 2.0))], p=0.5))
    return transforms.Compose(steps)


def load(folder, source):
    """Images of `source`, in memory."""
    measure.run("cs-sample", source, "-n", IMAGES, "-o", folder / "images.lmdb")
    measure.run("cs-show", "--export", folder / "images", folder / "images.lmdb")
    return [Image.open(path).convert("RGB") for path in sorted((folder / "images").rglob("*.png"))]


def bench(name, folder, images, size, tuned_for, transform, views, parsed):
    raw = folder / f"{name}.rgb"
    raw.write_bytes(b"".join(image.tobytes() for image in images))
    program = pathlib.Path(parsed.bin).parent / "bench/augment_views"

    def ours():
        done = subprocess.run([program, raw, *map(str, (*images[0].size, size, tuned_for, 10 * views))],
                              check=True, stdout=subprocess.PIPE, text=True)
        return float(done.stdout.split()[0])

    def peer():
        begin = time.perf_counter()
        for view in range(views):
            transform(images[view % len(images)])
        return views / (time.perf_counter() - begin)

    measure.report(name, "views/s", *measure.interleaved(parsed.repeat, ours, peer), parsed,
                   images=list(images[0].size), size=size)


def main():
    parsed = measure.arguments(__doc__.splitlines()[0], threads=1)
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        images = load(folder, parsed.images)
        photos = [image.resize(PHOTO, Image.BICUBIC) for image in images[:PHOTOS]]
        small = ((0.2, 1), (0.4, 0.4, 0.4, 0.1))
        full = ((0.08, 1), (0.8, 0.8, 0.8, 0.2))
        bench("augment_32", folder, images, 32, 32, simclr(32, *small, False), 4000, parsed)
        bench("augment_224", folder, photos, 224, 32, simclr(224, *small, False), 300, parsed)
        bench("augment_224_blur", folder, photos, 224, 224, simclr(224, *full, True), 200, parsed)


if __name__ == "__main__":
    main()
