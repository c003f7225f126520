"""Makes hostile sources of images in the current folder: forge_sources.py bombs|members PNG JPEG,
where PNG and JPEG are files of sound images to put beside what is not."""
import io
import os
import struct
import sys
import tarfile
import zipfile
import zlib

MIB = 1 << 20


def png(width, height, rows):
    """A PNG that claims width x height and has `rows` black rows."""

    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    claim = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes((1 + 3 * width) * rows), 1)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", claim) + part(b"IDAT", pixels) + part(b"IEND", b"")


def jpeg_claiming(data, width, height):
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def write(name, data):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as file:
        file.write(data)


def tar(name, members, mode="w"):
    """`members`: (name, bytes) or a TarInfo."""
    with tarfile.open(name, mode) as out:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                out.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size = len(member[1])
            out.addfile(info, io.BytesIO(member[1]))


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def tar_header(name, size):
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def gzip_of_zeros(before, mebibytes):
    """`before`, then zeros: gzip members one after the other, as `cat a.gz b.gz` gives."""
    block = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = block.compress(bytes(16 * MIB)) + block.flush()
    first = zlib.compressobj(1, zlib.DEFLATED, 31)
    return first.compress(before) + first.flush() + zeros * (mebibytes // 16)


def zip_bomb(name, mebibytes, stated):
    """One deflated PNG of zeros; the directory states `stated` bytes."""
    flow = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = flow.compress(bytes(16 * MIB)) + flow.flush(zlib.Z_FULL_FLUSH)
    packed = block * (mebibytes // 16) + flow.flush()
    crc = 0
    for _ in range(mebibytes // 16):
        crc = zlib.crc32(bytes(16 * MIB), crc)
    fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(packed), stated, 5, 0)
    local = b"PK\x03\x04" + fields + b"a.png"
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"a.png"
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local) + len(packed), 0)
    write(name, local + packed + entry + b"PK\x05\x06" + end)


def bombs(good, jpeg):
    import zstandard

    write("png-20000/a.png", png(20000, 20000, 2000))
    write("png-4g/a.png", png(0x7FFFFFFF, 0x7FFFFFFF, 0))
    write("png-8000-without-rows/a.png", png(8000, 8000, 1))
    write("jpeg-half/a.jpg", jpeg[: len(jpeg) // 2])
    write("jpeg-65535/a.jpg", jpeg_claiming(jpeg, 65535, 65535))
    write("jpeg-8000/a.jpg", jpeg_claiming(jpeg, 8000, 8000))
    tar("png-20000.tar", [("a.png", png(20000, 20000, 2000))])
    tar("jpeg-half.tar.gz", [("a.jpg", jpeg[: len(jpeg) // 2])], "w:gz")
    with zipfile.ZipFile("png-20000.zip", "w") as out:
        out.writestr("a.png", png(20000, 20000, 2000))
    size = 384  # MiB
    write("gzip-bomb.tar.gz", gzip_of_zeros(tar_header("a.png", size * MIB), size))
    write("gzip-bomb-other.tar.gz", gzip_of_zeros(tar_header("a.txt", size * MIB), size))
    frame = zstandard.compress(bytes(64 * MIB))
    head = zstandard.compress(tar_header("a.png", size * MIB))
    write("zstd-bomb.tar.zst", head + frame * (size // 64))
    idx = b"\0\0\x08\x03" + struct.pack(">III", 1 << 22, 32, 32)
    write("idx-bomb-images-idx3-ubyte.gz", gzip_of_zeros(idx, size))
    zip_bomb("zip-bomb.zip", size, size * MIB - 1)
    zip_bomb("zip-bomb-lying.zip", size, 1000)
    write("npy-claims.npy", npy("(1000000000, 32, 32, 3)"))
    write("npy-overflows.npy", npy("(4294967296, 4294967296, 4294967296, 3)"))


def npy(shape):
    text = "{'descr': '|u1', 'fortran_order': False, 'shape': %s, }" % shape
    text = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + bytes(3072)


def members(good, jpeg):
    outside = ["../up.png", "/tmp/absolute.png", "a/../../up.png", "a/b/../../../up.png", ".."]
    for i, name in enumerate(outside):
        tar("outside-%d.tar" % i, [("good.png", good), (name, good)])
        with zipfile.ZipFile("outside-%d.zip" % i, "w") as out:
            out.writestr("good.png", good)
            out.writestr(name, good)
    kinds = {
        "symlink": (tarfile.SYMTYPE, "/etc/passwd"),
        "symlink-up": (tarfile.SYMTYPE, "../../x"),
        "hardlink": (tarfile.LNKTYPE, "/etc/passwd"),
        "device": (tarfile.BLKTYPE, ""),
        "terminal": (tarfile.CHRTYPE, ""),
        "fifo": (tarfile.FIFOTYPE, ""),
    }
    for kind, (code, target) in kinds.items():
        tar("is-%s.tar" % kind, [("good.png", good), special("bad.png", code, target)])
    # A link to a folder outside, and a member below that link.
    tar("through-link.tar", [special("out", tarfile.SYMTYPE, "/tmp"), ("out/through.png", good)])
    tar("good.tar", [("good.png", good)])
    whole = open("good.tar", "rb").read()
    write("cut.tar", whole[:700])
    write("cut-header.tar", whole[:512] + whole[:200])
    claim = bytearray(whole)
    claim[124:136] = b"\x80" + b"\xff" * 11  # a size of -1, or of 2^95
    claim[148:156] = b"%06o\0 " % (sum(claim[:148]) + 8 * 32 + sum(claim[156:512]))
    write("huge-size.tar", bytes(claim))
    with tarfile.open("many.tar", "w") as out:  # 100,000 members, none of them an image
        for i in range(100000):
            out.addfile(tarfile.TarInfo("folder/%d.txt" % i))


{"bombs": bombs, "members": members}[sys.argv[1]](
    open(sys.argv[2], "rb").read(), open(sys.argv[3], "rb").read()
)
