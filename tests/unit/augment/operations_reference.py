#!/usr/bin/env python3
"""Compares each operation of lib/augment with torchvision's or PIL's on the same images.

usage: operations_reference.py EXPORT_OPERATIONS [CIFAR10_ARCHIVE]

Point operations may differ by 1 of 255 at the 99th percentile, the others by 4, on any image and
with any parameters. Exits 77, which ctest reads as skipped, where torchvision is missing.
"""

import collections
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    import torchvision.transforms.functional as F
    from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps
    from torchvision.transforms import InterpolationMode
    import images
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

POINT_OPERATIONS = {"brightness", "contrast", "saturation", "gray", "flip", "pad-crop", "hue",
                    "auto-contrast", "equalize", "invert", "posterize", "solarize", "solarize-add",
                    "sharpness", "cutout"}
RESULTS = 193  # of each image
CIFAR_IMAGES = 24


def pad_crop(image, parameters, _):
    padding, x, y = map(int, parameters)
    return F.crop(F.pad(image, padding), y, x, image.height, image.width)


def crop_resize(image, parameters, size):
    x, y, width, height = map(int, parameters)
    return F.resized_crop(image, y, x, height, width, (size[1], size[0]),
                          InterpolationMode.BILINEAR)


def square(image, parameters, _):
    side = min(image.size)
    size = int(parameters[0])
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return F.resized_crop(image, top, left, side, side, (size, size), InterpolationMode.BILINEAR)


def jitter(image, parameters, _):
    factors = [float(word) for word in parameters[1:]]
    adjust = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
    for step in map(int, parameters[0]):
        image = adjust[step](image, factors[step])
    return F.to_grayscale(image, 3) if factors[4] else image


def affine(*coefficients):
    """What RandAugment calls: the nearest pixel, black outside."""
    return lambda image: image.transform(image.size, Image.AFFINE, coefficients)


def solarize_add(image, parameters, _):
    brighter = np.clip(np.asarray(image).astype(int) + float(parameters[0]), 0, 255)
    return ImageOps.solarize(Image.fromarray(brighter.astype(np.uint8)), 128)


def cutout(image, parameters, _):
    x, y, side = map(float, parameters)
    left, top = int(max(0, x - side / 2)), int(max(0, y - side / 2))
    corners = (left, top, min(image.width, left + side), min(image.height, top + side))
    image = image.copy()
    ImageDraw.Draw(image).rectangle(corners, (125, 123, 114))
    return image


OPERATIONS = {
    "auto-contrast": lambda image, p, _: ImageOps.autocontrast(image),
    "equalize": lambda image, p, _: ImageOps.equalize(image),
    "invert": lambda image, p, _: ImageOps.invert(image),
    "posterize": lambda image, p, _: ImageOps.posterize(image, int(p[0])),
    "solarize": lambda image, p, _: ImageOps.solarize(image, float(p[0])),
    "solarize-add": solarize_add,
    "sharpness": lambda image, p, _: ImageEnhance.Sharpness(image).enhance(float(p[0])),
    "rotate": lambda image, p, _: image.rotate(float(p[0])),
    "shear-x": lambda image, p, _: affine(1, float(p[0]), 0, 0, 1, 0)(image),
    "shear-y": lambda image, p, _: affine(1, 0, 0, float(p[0]), 1, 0)(image),
    "translate": lambda image, p, _: affine(1, 0, float(p[0]), 0, 1, float(p[1]))(image),
    "cutout": cutout,
    "filter": lambda image, p, _: image.filter(ImageFilter.GaussianBlur(float(p[0]))),
    "brightness": lambda image, p, _: F.adjust_brightness(image, float(p[0])),
    "contrast": lambda image, p, _: F.adjust_contrast(image, float(p[0])),
    "saturation": lambda image, p, _: F.adjust_saturation(image, float(p[0])),
    "hue": lambda image, p, _: F.adjust_hue(image, float(p[0])),
    "gray": lambda image, p, _: F.to_grayscale(image, 3),
    "flip": lambda image, p, _: F.hflip(image),
    "blur": lambda image, p, _: F.gaussian_blur(image, int(p[0]), float(p[1])),
    "pad-crop": pad_crop,
    "crop-resize": crop_resize,
    "square": square,
    "jitter": jitter,
}


def pixels(folder, name, width, height):
    data = np.fromfile(folder / f"{name}.rgb", np.uint8)
    return data.reshape(height, width, 3)


def all_images(archive):
    made = {"small": images.photograph(32, 32, 1), "wide": images.photograph(160, 120, 2),
            "large": images.photograph(256, 256, 3), "pale": images.photograph(32, 32, 4, 0.2),
            "tall": images.photograph(30, 75, 5)}
    real = images.cifar(archive, CIFAR_IMAGES) if archive else []
    made.update((f"cifar{i}", image) for i, image in enumerate(real))
    if real:
        made["enlarged"] = real[0].resize((300, 260), Image.BICUBIC)
    return made


def write(folder, name, image):
    (folder / f"{name}.rgb").write_bytes(image.tobytes())
    return f"{name} {image.width} {image.height}\n"


def check(folder, line, worst):
    source, file, operation, *sizes, parameters = line.split("\t")
    width, height, result_width, result_height = map(int, sizes)
    image = Image.fromarray(pixels(folder, source, width, height))
    ours = pixels(folder, file, result_width, result_height).astype(int)
    size = (result_width, result_height)
    theirs = np.asarray(OPERATIONS[operation](image, parameters.split(), size)).astype(int)
    difference = np.percentile(np.abs(ours - theirs), 99)
    worst[operation] = max(worst[operation], difference)
    good = difference <= (1 if operation in POINT_OPERATIONS else 4)
    if not good:
        print(f"FAILED {source:9} {operation:12} {size} {parameters:24} {difference:5.1f}")
    return good


def main():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        made = all_images(sys.argv[2] if len(sys.argv) > 2 else None)
        (folder / "images.tsv").write_text("".join(write(folder, *item) for item in made.items()))
        subprocess.run([sys.argv[1], name], check=True)
        lines = (folder / "list.tsv").read_text().splitlines()
        assert len(lines) == RESULTS * len(made), (len(lines), len(made))
        worst = collections.defaultdict(float)
        good = [check(folder, line, worst) for line in lines]
    assert set(worst) == set(OPERATIONS), set(OPERATIONS) ^ set(worst)
    print(f"{len(made)} images; the 99th percentile of the difference at worst:")
    print("\n".join(f"{difference:5.1f}  {name}" for name, difference in sorted(worst.items())))
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
