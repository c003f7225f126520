#!/usr/bin/env python3
"""Compares whole policies of lib/augment with the published recipes, written in torchvision.

usage: policies_reference.py EXPORT_POLICIES [CIFAR10_ARCHIVE]

Single views cannot be compared, since random numbers differ; what is compared is how views are
distributed: brightness, contrast, color, detail, black and where things are, and the parameters
drawn. Each pair of distributions has to pass a Kolmogorov-Smirnov test, with fixed seeds. Exits 77,
which ctest reads as skipped, where torchvision is missing.
"""

import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps
    from torchvision import transforms as T

    import images
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

VIEWS = 2000
# One pair in ten thousand of equal distributions is further apart: sqrt(-log(1e-4 / 2) / 2 * 2 / n).
FARTHEST = 2.225 * (2 / VIEWS) ** 0.5


def sometimes(p, transform):
    return T.RandomApply([transform], p=p)


def pil_blur(image):
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 2.0)))


def contrastive(jitter, gray=0.2, crop=(), blur=None, solarize=0.0):
    steps = [*crop, T.RandomHorizontalFlip(), sometimes(0.8, T.ColorJitter(*jitter)),
             T.RandomGrayscale(gray)]
    if blur:
        steps.append(blur)
    if solarize:
        steps.append(T.RandomSolarize(128, solarize))
    return T.Compose(steps)


def crop(size, low, high=1.0, ratio=(3 / 4, 4 / 3)):
    return [T.RandomResizedCrop(size, (low, high), ratio)]


def center(size):
    """The central square at `size`."""
    return [T.Lambda(lambda image: T.functional.center_crop(image, min(image.size))),
            T.Resize((size, size))]


def affine(image, *coefficients):
    return image.transform(image.size, Image.AFFINE, coefficients)


def signed(value):
    return -value if random.random() < 0.5 else value


def add_and_solarize(image, value):
    brighter = np.clip(np.asarray(image).astype(int) + int(value), 0, 255)
    return ImageOps.solarize(Image.fromarray(brighter.astype(np.uint8)), 128)


def cutout(image, side):
    x, y = random.uniform(0, image.width), random.uniform(0, image.height)
    left, top = int(max(0, x - side / 2)), int(max(0, y - side / 2))
    corners = (left, top, min(image.width, left + side), min(image.height, top + side))
    image = image.copy()
    ImageDraw.Draw(image).rectangle(corners, (125, 123, 114))
    return image


# Operation, its value at magnitude 0 and at 30; pixels are those of images of 224.
RAND_AUGMENT = [
    (lambda i, v: ImageOps.autocontrast(i), 0, 1),
    (lambda i, v: ImageOps.equalize(i), 0, 1),
    (lambda i, v: ImageOps.invert(i), 0, 1),
    (lambda i, v: i.rotate(signed(v)), 0, 30),
    (lambda i, v: ImageOps.posterize(i, int(v)), 0, 4),
    (lambda i, v: ImageOps.solarize(i, v), 0, 256),
    (add_and_solarize, 0, 110),
    (lambda i, v: ImageEnhance.Color(i).enhance(v), 0.1, 1.9),
    (lambda i, v: ImageEnhance.Contrast(i).enhance(v), 0.1, 1.9),
    (lambda i, v: ImageEnhance.Brightness(i).enhance(v), 0.1, 1.9),
    (lambda i, v: ImageEnhance.Sharpness(i).enhance(v), 0.1, 1.9),
    (lambda i, v: affine(i, 1, signed(v), 0, 0, 1, 0), 0, 0.3),
    (lambda i, v: affine(i, 1, 0, 0, signed(v), 1, 0), 0, 0.3),
    (lambda i, v: cutout(i, v * i.width / 224), 0, 40),
    (lambda i, v: affine(i, 1, 0, signed(v) * i.width / 224, 0, 1, 0), 0, 100),
    (lambda i, v: affine(i, 1, 0, 0, 0, 1, signed(v) * i.height / 224), 0, 100),
]


def rand_augment(image):
    for operation, low, high in random.choices(RAND_AUGMENT, k=2):
        image = operation(image, low + 14 / 30 * (high - low))
    return image


SMALL = (0.4, 0.4, 0.4, 0.1)
FULL = (0.8, 0.8, 0.8, 0.2)
BYOL = (0.4, 0.4, 0.2, 0.1)
RDA = (0.4, 0.4, 0.4, 0.2)
PAD_CROP = [T.RandomCrop(32, padding=4), T.RandomHorizontalFlip()]

# Policy, size its settings are for, size of the views, number of the view; the published recipe.
POLICIES = [
    ("plain", 32, 32, 0, T.Compose(center(32))),
    ("crop-flip", 32, 32, 0, T.Compose(center(32) + PAD_CROP)),
    ("simclr", 32, 32, 0, contrastive(SMALL, crop=crop(32, 0.2))),
    ("simclr", 224, 65, 0, contrastive(FULL, crop=crop(65, 0.08),
                                       blur=sometimes(0.5, T.GaussianBlur(7, (0.1, 2.0))))),
    ("simclr-dkobak", 32, 32, 0, contrastive(SMALL, gray=0.1, crop=crop(32, 0.2))),
    ("simclr-dkobak", 224, 65, 0, contrastive(FULL, gray=0.1, crop=crop(65, 0.08),
                                              blur=sometimes(0.5, T.GaussianBlur(7, (0.1, 2.0))))),
    ("simclr-lightly", 32, 32, 0, contrastive(SMALL, crop=crop(32, 0.08))),
    ("byol", 32, 32, 0, contrastive(BYOL, crop=crop(32, 0.08))),
    ("byol", 32, 32, 1, contrastive(BYOL, crop=crop(32, 0.08), solarize=0.2)),
    ("byol", 224, 65, 2, contrastive(BYOL, crop=crop(65, 0.08), blur=pil_blur)),
    ("byol", 224, 65, 3, contrastive(BYOL, crop=crop(65, 0.08), blur=sometimes(0.1, pil_blur),
                                     solarize=0.2)),
    ("cont-steal", 32, 32, 0, T.Compose(center(32) + [rand_augment] + PAD_CROP)),
    ("stolen-encoder", 32, 32, 0, T.Compose(center(32) + [contrastive(SMALL)])),
    ("rda", 32, 32, 0, contrastive(RDA, crop=crop(32, 0.75, 0.75, (1, 1)),
                                   blur=sometimes(0.1, pil_blur), solarize=0.1)),
    ("rda-prototype", 32, 32, 0, contrastive(RDA, crop=crop(32, 0.9, 0.9, (1, 1)),
                                             blur=sometimes(0.1, pil_blur), solarize=0.1)),
]


def measures(views):
    """What a distribution is compared by: one number a view for each name."""
    channels = views.transpose(3, 0, 1, 2).astype(np.float32, order="C")
    red, green, blue = channels
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    brightest = np.maximum(np.maximum(red, green), blue)
    darkest = np.minimum(np.minimum(red, green), blue)
    half = light.shape[1] // 2
    detail = light[:, 1:-1, 1:-1] * 4
    detail -= light[:, :-2, 1:-1] + light[:, 2:, 1:-1] + light[:, 1:-1, :-2] + light[:, 1:-1, 2:]
    detail = mean(np.abs(detail))
    deviation = light.reshape(len(light), -1).std(1)
    return {
        "brightness": mean(light),
        "contrast": deviation,
        "color": mean(brightest - darkest),
        "red - green": mean(red) - mean(green),
        "blue - green": mean(blue) - mean(green),
        "detail": detail,
        "sharpness": detail / (deviation + 1),
        "left - right": mean(light[:, :, :half]) - mean(light[:, :, half:]),
        "top - bottom": mean(light[:, :half]) - mean(light[:, half:]),
        "black": mean(brightest == 0),
        "black rows": (brightest == 0).all(2).mean(1),
    }


def mean(values):
    """Of each view: over rows in memory order, several times as fast as over two axes."""
    return values.reshape(len(values), -1).mean(1)


def distance(a, b):
    """Of Kolmogorov and Smirnov: the largest between two distribution functions."""
    at = np.concatenate([a, b])
    return np.abs(np.searchsorted(np.sort(a), at, "right") / len(a) -
                  np.searchsorted(np.sort(b), at, "right") / len(b)).max()


def check(what, pairs):
    """Compares the samples of each name; prints the name that is furthest apart."""
    far = {name: distance(*pair) for name, pair in pairs.items()}
    worst = max(far, key=far.get)
    good = far[worst] <= FARTHEST
    print(f"{'ok' if good else 'FAILED':6} {what:22} {far[worst]:.3f} {worst}")
    for name, value in far.items():
        if value > FARTHEST and name != worst:
            print(f"{'':29} {value:.3f} {name}")
    return good


def check_policy(folder, made, policy):
    name, tuned_for, size, view, transform = policy
    ours = np.fromfile(folder / file_of(policy), np.uint8).reshape(VIEWS, size, size, 3)
    theirs = np.stack([np.asarray(transform(made[i % len(made)])) for i in range(VIEWS)])
    ours, theirs = measures(ours), measures(theirs)
    return check(f"{name} {tuned_for} view {view}", {key: (ours[key], theirs[key]) for key in ours})


def check_draws(folder):
    """Crops and factors of color jitter against those torchvision draws; every order as often."""
    ours = np.loadtxt(folder / "draws.tsv")
    photo = Image.new("RGB", (500, 375))
    crops = [T.RandomResizedCrop.get_params(photo, (0.08, 1), (3 / 4, 4 / 3)) for _ in range(VIEWS)]
    jitter = T.ColorJitter(0.8, 0.4, 0.3, 0.2)
    factors = [jitter.get_params(jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue)
               for _ in range(VIEWS)]
    theirs = np.hstack([np.array(crops), np.array([factor[1:] for factor in factors])])
    names = ["top", "left", "height", "width", "brightness", "contrast", "saturation", "hue"]
    pairs = {name: (ours[:, i], theirs[:, i]) for i, name in enumerate(names)}
    pairs["area"] = tuple(side[:, 2] * side[:, 3] for side in (ours, theirs))
    pairs["ratio"] = tuple(side[:, 2] / side[:, 3] for side in (ours, theirs))
    orders = np.unique(ours[:, 8:], axis=0, return_counts=True)[1]
    even = len(orders) == 24 and abs(orders - VIEWS / 24).max() < 4.5 * (VIEWS / 24) ** 0.5
    print(f"{'ok' if even else 'FAILED':6} orders of color jitter: {orders.min()} to {orders.max()}")
    return check("parameters drawn", pairs) and even


def file_of(policy):
    return "-".join(map(str, policy[:4])) + ".views"


def write(folder, name, image):
    (folder / f"{name}.rgb").write_bytes(image.tobytes())
    return f"{name} {image.width} {image.height}\n"


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    random.seed(1)
    made = [images.photograph(32 + 8 * (i % 3), 32 + 8 * (i % 2), i) for i in range(20)]
    made += images.cifar(sys.argv[2], 20) if len(sys.argv) > 2 else []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        lines = [write(folder, f"image{i}", image) for i, image in enumerate(made)]
        (folder / "images.tsv").write_text("".join(lines))
        rows = [" ".join(map(str, (*policy[:4], file_of(policy)))) for policy in POLICIES]
        (folder / "policies.tsv").write_text("\n".join(rows) + "\n")
        subprocess.run([sys.argv[1], name, str(VIEWS)], check=True)
        good = [check_policy(folder, made, policy) for policy in POLICIES]
        good.append(check_draws(folder))
    print(f"{len(made)} images; at most {FARTHEST:.3f}")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
