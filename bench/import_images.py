#!/usr/bin/python3
"""Seconds of cs-sample for 50,000 JPEGs from an archive, against PIL and python3-lmdb.

usage: import_images.py BIN --images ARCHIVE

The peer does what is usual in Python: tarfile streams the archive, PIL decodes every member, and
python3-lmdb stores label and pixels as one value a record, committed every 5,000. Both sides end
with the output synced. One line for one thread, one for all. Without an archive of images both
sides read one that is made here, of synthetic images as JPEGs.
"""
import io
import pathlib
import tarfile
import time

import lmdb
import measure
import zstandard
from PIL import Image

COUNT = 50000
PREFIX = "train"


def make_archive(folder, images):
    """A tar of `images`, a source of raw pixels, as the JPEGs PREFIX/shapes/ID.jpg."""
    measure.run("cs-sample", images, "-n", COUNT, "-o", folder / "made.lmdb")
    measure.run("cs-show", "--export", folder / "made", folder / "made.lmdb")
    with tarfile.open(folder / "made.tar", "w") as tar:
        for path in sorted((folder / "made").glob("*.png")):
            jpeg = io.BytesIO()
            Image.open(path).save(jpeg, "JPEG", quality=75)
            member = tarfile.TarInfo(f"{PREFIX}/shapes/{path.stem}.jpg")
            member.size = jpeg.tell()
            jpeg.seek(0)
            tar.addfile(member, jpeg)
    return folder / "made.tar"


def stream(archive):
    file = open(archive, "rb")
    if str(archive).endswith(".zst"):
        file = zstandard.ZstdDecompressor(max_window_size=2**28).stream_reader(file)
    return tarfile.open(fileobj=file, mode="r|*")


def import_in_python(archive, output):
    env = lmdb.open(str(output), subdir=False, map_size=1 << 30)
    classes, record = {}, 0
    transaction = env.begin(write=True)
    with stream(archive) as tar:
        for member in tar:
            if not member.isfile() or not member.name.lstrip("./").startswith(PREFIX + "/"):
                continue
            label = classes.setdefault(member.name.split("/")[-2], len(classes))
            image = Image.open(io.BytesIO(tar.extractfile(member).read())).convert("RGB")
            transaction.put(b"%08d" % record, bytes([label]) + image.tobytes())
            record += 1
            if record % 5000 == 0:
                transaction.commit()
                transaction = env.begin(write=True)
    transaction.commit()
    env.close()
    return record


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        archive = parsed.images
        if not pathlib.Path(archive).is_file():
            archive = make_archive(folder, archive)

        def ours(threads):
            begin = time.perf_counter()
            measure.run("cs-sample", "-f", archive, "--prefix", PREFIX, "-o", folder / "ours.lmdb",
                        "--threads", threads)
            return time.perf_counter() - begin

        def peer():
            (folder / "peer.lmdb").unlink(missing_ok=True)
            begin = time.perf_counter()
            import_in_python(archive, folder / "peer.lmdb")
            return time.perf_counter() - begin

        every = sorted({1, parsed.threads})
        *sides, peers = measure.interleaved(
            parsed.repeat, *[lambda threads=threads: ours(threads) for threads in every], peer)
        records = import_in_python(archive, folder / "count.lmdb")
    for threads, seconds in zip(every, sides):
        parsed.threads = threads
        measure.report("import_images", "s", seconds, peers, parsed, records=records)


if __name__ == "__main__":
    main()
