"""Odd images: each decodes as PIL does, or is refused by name; nothing is ever printed.

usage: decode_reference.py DECODE_EXPORT
"""

import io
import os
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy as np
    from PIL import Image, ImageOps
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

HEIGHT, WIDTH = 24, 40
RANDOM = np.random.default_rng(0)
NOISE = RANDOM.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
ROW, COLUMN = np.mgrid[0:HEIGHT, 0:WIDTH]
SMOOTH = np.stack([COLUMN * 6, ROW * 10, (ROW + COLUMN) * 4], -1).astype(np.uint8)
RGB = Image.fromarray(SMOOTH)
GRAY = Image.fromarray(NOISE[..., 0].copy())
RGBA = Image.fromarray(np.dstack([NOISE, NOISE[..., 1]]))
GRAY_ALPHA = Image.merge("LA", [GRAY, RGBA.getchannel("A")])
PALETTE = Image.fromarray(NOISE).quantize(32)
BITS = Image.fromarray((ROW + COLUMN) % 3 == 0)
GRAY16 = Image.fromarray((COLUMN * 1600).astype(np.uint16))
CMYK = Image.fromarray(np.dstack([NOISE // 2, NOISE[..., 0] // 3]), "CMYK")

CASES = {}  # name: (bytes, what must come of it)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def by_pil(data):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def equal(name, data, wanted=None, tolerance=0):
    """`data` must give the pixels that PIL reads, or `wanted`."""
    CASES[name] = (data, by_pil(data) if wanted is None else np.asarray(wanted), tolerance)


def refused(name, data, text):
    CASES[name] = (data, text, 0)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits, color, rows, interlace=0, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def rows_of(pixels):
    return b"".join(b"\0" + row.tobytes() for row in pixels)


def interlaced(pixels):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
              (0, 1, 1, 2)]
    rows = b"".join(rows_of(pixels[y::dy, x::dx]) for x, y, dx, dy in passes)
    return png(WIDTH, HEIGHT, 8, 2, rows, interlace=1)


def pngs():
    images = {"rgb": RGB, "gray": GRAY, "rgba": RGBA, "gray and alpha": GRAY_ALPHA,
              "palette": PALETTE, "1 bit": BITS}
    for name, image in images.items():
        equal("PNG " + name, saved(image, "PNG"), image.convert("RGB"))
    opaque = PALETTE.convert("RGB")
    equal("PNG palette with a transparent color", saved(PALETTE, "PNG", transparency=3), opaque)
    equal("PNG rgb with a transparent color", saved(RGB, "PNG", transparency=(0, 0, 0)), RGB)
    for bits in (1, 2, 4):
        rows = b"".join(b"\0" + RANDOM.bytes((13 * bits + 7) // 8) for _ in range(5))
        equal("PNG gray of %d bits" % bits, png(13, 5, bits, 0, rows))
    equal("PNG interlaced", interlaced(NOISE), NOISE)
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    equal("PNG with gamma", png(WIDTH, HEIGHT, 8, 2, rows_of(NOISE), extra=gamma), NOISE)
    equal("PNG that goes on", saved(RGB, "PNG") + b"PK\3\4trailing", RGB)
    refused("PNG gray of 16 bits", saved(GRAY16, "PNG"), "16 bits per channel")
    refused("PNG rgb of 16 bits", png(2, 2, 16, 2, (b"\0" + bytes(12)) * 2), "16 bits per channel")
    refused("PNG without its last rows", png(WIDTH, HEIGHT, 8, 2, rows_of(NOISE[:9])), "Not enough")
    refused("PNG of more rows", png(WIDTH, 9, 8, 2, rows_of(NOISE)), "Too much")
    text = chunk(b"tEXt", b"a\0b")[:-1] + b"?"
    refused("PNG with a damaged text", png(WIDTH, HEIGHT, 8, 2, rows_of(NOISE), extra=text), "its checksum")
    refused("PNG is a GIF", saved(PALETTE, "GIF"), "is a GIF image, which is not read; convert it")


def segments(jpeg, marker):
    return [i for i in range(len(jpeg) - 1) if jpeg[i] == 0xFF and jpeg[i + 1] == marker]


def with_height(jpeg, height):
    frame = segments(jpeg, 0xC0)[0]
    return jpeg[:frame + 5] + struct.pack(">H", height) + jpeg[frame + 7:]


def jpegs():
    for quality in (40, 95):
        for subsampling in (0, 1, 2):
            for progressive in (False, True):
                options = {"quality": quality, "subsampling": subsampling,
                           "progressive": progressive}
                equal("JPEG %s" % options, saved(Image.fromarray(NOISE), "JPEG", **options))
    equal("JPEG gray", saved(GRAY, "JPEG"))
    equal("JPEG gray progressive", saved(GRAY, "JPEG", progressive=True))
    cmyk = saved(CMYK, "JPEG", quality=98)
    adobe = cmyk.index(b"Adobe")
    equal("JPEG CMYK", cmyk)
    equal("JPEG YCCK", cmyk[:adobe + 11] + b"\2" + cmyk[adobe + 12:])
    equal("JPEG CMYK without a mark", cmyk[:adobe - 4] + cmyk[adobe + 12:])
    whole = saved(Image.fromarray(NOISE), "JPEG", quality=95)
    equal("JPEG that goes on", whole + b"PK\3\4" + bytes(100))
    end = b"\xff\xd9"
    refused("JPEG half", whole[:len(whole) // 2], "cut short")
    refused("JPEG half with an end", whole[:len(whole) // 2] + end, "premature end")
    refused("JPEG nine tenths with an end", whole[:len(whole) * 9 // 10] + end, "premature end")
    refused("JPEG of double height", with_height(whole, 2 * HEIGHT), "premature end")
    refused("JPEG of half height", with_height(whole, HEIGHT // 2), "extraneous bytes")
    refused("JPEG of no height", with_height(whole, 0), "claims a size of 40 x 0")
    refused("JPEG flipped", whole[:900] + bytes([whole[900] ^ 0x55]) + whole[901:], "JPEG")
    progressive = saved(Image.fromarray(NOISE), "JPEG", quality=95, progressive=True)
    scans = segments(progressive, 0xDA)
    assert len(scans) > 5
    for i, scan in enumerate(scans[1:]):
        refused("JPEG of %d scans" % (i + 1), progressive[:scan] + end, "last scans")
    frame = segments(whole, 0xC0)[0]
    lossless = whole[:frame + 1] + b"\xc3" + whole[frame + 2:]
    refused("JPEG lossless", lossless, "Unsupported JPEG process")


def orientations():
    turned = {1: SMOOTH, 2: SMOOTH[:, ::-1], 3: SMOOTH[::-1, ::-1], 4: SMOOTH[::-1],
              5: SMOOTH.transpose(1, 0, 2), 6: np.rot90(SMOOTH, -1),
              7: np.rot90(SMOOTH, 2).transpose(1, 0, 2), 8: np.rot90(SMOOTH)}
    for orientation, wanted in turned.items():
        exif = Image.Exif()
        exif[0x112] = orientation
        raw = exif.tobytes()
        equal("JPEG turned %d" % orientation, saved(RGB, "JPEG", exif=raw))
        equal("PNG turned %d" % orientation, saved(RGB, "PNG", exif=raw), wanted)
        equal("WebP turned %d" % orientation, saved(RGB, "WEBP", lossless=True, exif=raw), wanted)
        equal("TIFF turned %d" % orientation, saved(RGB, "TIFF", tiffinfo={274: orientation}),
              wanted)


def tiffs():
    for name, image in {"rgb": RGB, "gray": GRAY, "palette": PALETTE, "1 bit": BITS}.items():
        equal("TIFF " + name, saved(image, "TIFF"), image.convert("RGB"))
    equal("TIFF CMYK", saved(CMYK, "TIFF"), CMYK.convert("RGB"), tolerance=1)
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        equal("TIFF " + compression, saved(RGB, "TIFF", compression=compression))
    equal("TIFF group 4", saved(BITS, "TIFF", compression="group4"), BITS.convert("RGB"))
    deflated = saved(Image.fromarray(NOISE), "TIFF", compression="tiff_adobe_deflate")
    refused("TIFF damaged", deflated[:500] + b"\x55\xaa" + deflated[502:], "cannot be decoded")
    plain = saved(RGB, "TIFF")
    refused("TIFF cut", plain[:len(plain) * 2 // 3], "cannot be decoded")
    refused("TIFF with alpha", saved(RGBA, "TIFF"), "an alpha channel")
    refused("TIFF of 16 bits", saved(GRAY16, "TIFF"), "16 bits per channel")
    floats = Image.fromarray(NOISE[..., 0].astype(np.float32))
    refused("TIFF of floats", saved(floats, "TIFF"), "samples are not unsigned")
    refused("TIFF in Lab", saved(Image.fromarray(NOISE, "LAB"), "TIFF"), "color space 8")
    pages = saved(RGB, "TIFF", save_all=True, append_images=[GRAY])
    refused("TIFF of two pages", pages, "several pages")
    refused("BigTIFF", b"II+\0" + bytes(40), "a BigTIFF")


def bmp(bits, rows, palette=b"", compression=0, masks=b"", height=HEIGHT, width=WIDTH):
    offset = 54 + len(masks) + len(palette)
    return (b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset) +
            struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(rows), 0, 0,
                        len(palette) // 4, 0) + masks + palette + rows)


def bmps():
    palette = b"".join(bytes([i, 255 - i, i // 2, 0]) for i in range(256))
    bgr = NOISE[..., ::-1]
    equal("BMP from the bottom", bmp(24, bgr[::-1].tobytes()), NOISE)
    equal("BMP from the top", bmp(24, bgr.tobytes(), height=-HEIGHT), NOISE)
    equal("BMP palette", bmp(8, NOISE[..., 0].tobytes(), palette))
    equal("BMP 4 bits", bmp(4, RANDOM.bytes(HEIGHT * 20), palette[:64]))
    equal("BMP 1 bit", bmp(1, RANDOM.bytes(HEIGHT * 8), palette[:4] + palette[-4:]))
    equal("BMP 32 bits", bmp(32, RANDOM.bytes(HEIGHT * WIDTH * 4)))
    masks = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
    equal("BMP with masks", bmp(32, RANDOM.bytes(HEIGHT * WIDTH * 4), compression=3, masks=masks))
    swapped = struct.pack("<III", 0xFF, 0xFF00, 0xFF0000)
    refused("BMP with other masks", bmp(32, bytes(HEIGHT * WIDTH * 4), compression=3,
                                        masks=swapped), "unusual color masks")
    refused("BMP 16 bits", bmp(16, bytes(HEIGHT * WIDTH * 2)), "16 bits per pixel")
    refused("BMP beyond its palette", bmp(8, NOISE[..., 0].tobytes(), palette[:64]), "palette")
    run = bmp(8, bytes([4, 7, 0, 0, 4, 9, 0, 0, 0, 1]), palette, compression=1, height=2, width=4)
    refused("BMP RLE", run, "compressed")
    refused("BMP cut", bmp(24, bgr.tobytes())[:-1], "cut short")


def others():
    for name, image in {"rgb": RGB, "gray": GRAY}.items():
        equal("PNM " + name, saved(image, "PPM"), image.convert("RGB"))
    equal("PNM with comments", b"P6\n# a\n1 1\n# b\n255\nabc", [[[97, 98, 99]]])
    for kind in ("P1", "P2", "P3", "P4"):
        refused("PNM " + kind, kind.encode() + b"\n2 1\n255\n1 2 3 4 5 6\n", "of the form " + kind)
    refused("PNM of 15", b"P5\n2 2\n15\n\1\2\x0f\x08", "whose white is 15")
    refused("PNM of 16 bits", b"P5\n2 1\n65535\n\1\2\3\4", "16 bits per channel")
    equal("WebP lossy", saved(RGB, "WEBP", quality=90))
    equal("WebP with alpha", saved(RGBA, "WEBP", lossless=True, exact=True), RGBA.convert("RGB"))
    moving = saved(RGB, "WEBP", save_all=True, append_images=[Image.fromarray(NOISE)])
    refused("WebP animated", moving, "an animated WebP")
    refused("AVIF", b"\0\0\0\x1cftypavif" + bytes(100), "is a HEIF or AVIF image, which is not read")


def judge(path, wanted, tolerance):
    """What is wrong with the outcome of one case; nothing if it is right."""
    if os.path.exists(path + ".error"):
        with open(path + ".error", encoding="utf-8") as file:
            text = file.read()
        return None if isinstance(wanted, str) and wanted in text else text
    if isinstance(wanted, str):
        return "was decoded; wanted: " + wanted
    with open(path + ".rgb", "rb") as file:
        shape = tuple(int(n) for n in file.readline().split())
        pixels = np.frombuffer(file.read(), np.uint8).reshape(shape + (3,))
    if pixels.shape != wanted.shape:
        return "%s, not %s" % (pixels.shape, wanted.shape)
    difference = np.abs(pixels.astype(int) - wanted).max()
    return "differs by %d" % difference if difference > tolerance else None


def main():
    for make in (pngs, jpegs, orientations, tiffs, bmps, others):
        make()
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for i, (name, (data, _, _)) in enumerate(CASES.items()):
            paths[name] = os.path.join(folder, "%03d" % i)
            with open(paths[name], "wb") as file:
                file.write(data)
        done = subprocess.run([sys.argv[1], folder], check=True, capture_output=True)
        wrong = {name: judge(path, *CASES[name][1:]) for name, path in paths.items()}
    faults = ["%s: %s" % fault for fault in wrong.items() if fault[1]]
    if done.stdout or done.stderr:
        faults.append("printed: %r" % (done.stdout + done.stderr))
    if faults:
        sys.exit("\n".join(faults))
    print("decoded or refused", len(CASES), "images")


main()
