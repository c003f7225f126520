#!/usr/bin/env python3
"""Compares each operation of lib/augment with torchvision's on the same images.

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
    from PIL import Image
    from torchvision.transforms import InterpolationMode
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

POINT_OPERATIONS = {"brightness", "contrast", "saturation", "gray", "flip", "pad-crop", "hue"}


def pad_crop(image, parameters, _):
    padding, x, y = map(int, parameters)
    return F.crop(F.pad(image, padding), y, x, image.height, image.width)


def crop_resize(image, parameters, size):
    x, y, width, height = map(int, parameters)
    return F.resized_crop(image, y, x, height, width, (size[1], size[0]),
                          InterpolationMode.BILINEAR)


OPERATIONS = {
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
        assert len(lines) == 3 * 38, len(lines)
        results = [check(folder, line) for line in lines]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
