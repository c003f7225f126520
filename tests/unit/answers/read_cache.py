"""Reads an answer cache by the text of cs-cache(5) alone.

usage: read_cache.py EXPORT_CACHE CS_CACHE_5

EXPORT_CACHE writes a cache; the example printed in the manual page, taken from there, reads it.
"""

import os
import re
import subprocess
import sys
import tempfile

try:
    import lmdb
    import numpy as np
    import xxhash
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

VICTIM = "0102030405060708090a0b0c0d0e0f10"


def check(promise, holds):
    if not holds:
        sys.exit("broken promise: " + promise)


def example(page):
    with open(page) as file:
        text = file.read()
    blocks = re.findall(r"^\.Bd -literal -offset indent\n(.*?)^\.Ed", text, re.M | re.S)
    code = {}
    exec("\n".join(blocks).replace("\\e", "\\"), code)
    return code


def image(i):
    return ((7 * i + np.arange(18)) % 256).astype(np.uint8).reshape(3, 2, 3)


def check_answers(answers, image_digest):
    check("all answers", len(answers) == 100)
    for i in range(100):
        answer = answers[VICTIM, 1, image_digest(image(i))]
        check("answer", answer.tolist() == [i, -i])


def check_claims(folder, checked, image_digest):
    env = lmdb.open(folder, readonly=True, max_dbs=16)
    with env.begin() as txn:
        meta = env.open_db(b"meta", txn, create=False)
        check("format", txn.get(b"format", db=meta) == b'{"format":1}')
        (key, value), = txn.cursor(env.open_db(b"claims", txn, create=False))
    check("slot", key == bytes(8))
    check("file of the slot", os.listdir(os.path.join(folder, "claims")) == ["0"])
    claim = checked(key, value)
    check("head of the claim", claim[:18] == bytes.fromhex(VICTIM) + bytes([2, 10]))
    check("account of the claim", claim[18:28] == b"evaluation")
    wanted = b"".join(bytes.fromhex(image_digest(image(i))) for i in range(5))
    check("images of the claim", claim[28:] == wanted)
    check("names", set(os.listdir(folder)) == {"data.mdb", "lock.mdb", "claims"})


def main():
    exporter, page = sys.argv[1:]
    code = example(page)
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "cache")
        subprocess.run([exporter, folder], check=True)
        answers, ledger = code["read_cache"](folder)
        check_answers(answers, code["image_digest"])
        check("ledger", {k: v.tolist() for k, v in ledger.items()} == {
            (VICTIM, "attack"): [100, 100, 0, 0],
            (VICTIM, "evaluation"): [8, 0, 3, 0],
        })
    with tempfile.TemporaryDirectory() as scratch:  # this process may open an environment once
        folder = os.path.join(scratch, "cache")
        subprocess.run([exporter, folder], check=True)
        check_claims(folder, code["checked"], code["image_digest"])


if __name__ == "__main__":
    main()
