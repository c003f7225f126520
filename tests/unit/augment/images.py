"""Images for the tests against Python: some like photographs, made here, and CIFAR-10's if there.

CIFAR-10 is an archive of train/CLASS/NAME.jpg and test/CLASS/NAME.jpg; where it is missing, or
cannot be read, the tests do with images of their own.
"""
import io
import subprocess
import tarfile

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def photograph(width, height, seed, contrast=1.0):
    """Smooth colors with edges, texture and full range."""
    random = np.random.RandomState(seed)
    coarse = Image.fromarray(random.randint(0, 256, (6, 6, 3)).astype(np.uint8))
    image = coarse.resize((width, height), Image.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(5):
        x, y, side = random.randint(width), random.randint(height), 1 + width // random.randint(4, 9)
        color = tuple(int(c) for c in random.randint(0, 256, 3))
        draw.ellipse((x - side, y - side, x + side, y + side), color)
    image = image.filter(ImageFilter.GaussianBlur(width / 120 + 0.3))
    noisy = np.asarray(image) + random.normal(0, 4, (height, width, 3))
    return Image.fromarray(np.clip(128 + contrast * (noisy - 128), 0, 255).astype(np.uint8))


def cifar(archive, count):
    """The first `count` images of the archive that are spread over it."""
    try:
        unpacked = subprocess.run(["zstd", "-dc", "--long=27", archive], check=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
        files = [member for member in tar.getmembers() if member.isfile()]
        chosen = files[:: max(1, len(files) // count)][:count]
        return [Image.open(tar.extractfile(member)).convert("RGB") for member in chosen]
