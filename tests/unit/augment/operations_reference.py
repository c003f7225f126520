#!/usr/bin/env python3
"""Compares each operation of lib/augment with torchvision's or PIL's on the same images.

usage: operations_reference.py EXPORT_OPERATIONS

Point operations may differ by 1 of 255 at the 99th percentile, the others by 4. Exits 77, which
ctest reads as skipped, where torchvision is missing.
"""

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
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

POINT_OPERATIONS = {"brightness", "contrast", "saturation", "gray", "flip", "pad-crop", "hue",
                    "auto-contrast", "equalize", "invert", "posterize", "solarize", "solarize-add",
                    "sharpness", "cutout"}


def pad_crop(image, parameters, _):
    padding, x, y = map(int, parameters)
    return F.crop(F.pad(image, padding), y, x, image.height, image.width)


def crop_resize(image, parameters, size):
    x, y, width, height = map(int, parameters)
    return F.resized_crop(image, y, x, height, width, (size[1], size[0]),
                          InterpolationMode.BILINEAR)


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
}


def pixels(folder, name, width, height):
    data = np.fromfile(folder / f"{name}.rgb", np.uint8)
    return data.reshape(height, width, 3)


def check(folder, line):
    source, file, operation, *sizes, parameters = line.split("\t")
    width, height, result_width, result_height = map(int, sizes)
    image = Image.fromarray(pixels(folder, source, width, height))
    ours = pixels(folder, file, result_width, result_height).astype(int)
    size = (result_width, result_height)
    theirs = np.asarray(OPERATIONS[operation](image, parameters.split(), size)).astype(int)
    difference = np.percentile(np.abs(ours - theirs), 99)
    limit = 1 if operation in POINT_OPERATIONS else 4
    verdict = "ok" if difference <= limit else "FAILED"
    print(f"{verdict:6} {source:6} {operation:12} {parameters:24} {difference:5.1f}")
    return difference <= limit


def main():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([sys.argv[1], name], check=True)
        lines = (folder / "list.tsv").read_text().splitlines()
        assert len(lines) == 4 * 89, len(lines)
        results = [check(folder, line) for line in lines]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
