"""Files of torch.save(), in both formats: what is read equals what was saved, and what Python would
run is refused by name.

usage: torch_file_reference.py TORCH_FILE_EXPORT [FILE.th ...]

Files that are named, of others, are read too where they are there.
"""
import collections
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

EXPORT = sys.argv[1]
TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
         "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
         "U8": torch.uint8, "BOOL": torch.bool}


def read(path, out):
    """The tensors that our reader finds, or the text of its error."""
    done = subprocess.run([EXPORT, path, out], capture_output=True, text=True)
    if done.returncode == 3:
        return done.stdout.strip()
    assert done.returncode == 0, (path, done.returncode, done.stderr)
    data = open(out, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    tensors = collections.OrderedDict()
    for name, about in header.items():
        begin, end = about["data_offsets"]
        raw = bytearray(data[8 + length + begin:8 + length + end])
        kind = TYPES[about["dtype"]]
        flat = torch.frombuffer(raw, dtype=kind) if raw else torch.zeros(0, dtype=kind)
        tensors[name] = flat.reshape(about["shape"])
    return tensors


def same(found, expected):
    return (list(found) == list(expected)
            and all(found[k].dtype == v.dtype and found[k].shape == v.shape
                    and torch.equal(found[k], v.detach().cpu()) for k, v in expected.items()))


class Runs:
    def __reduce__(self):
        return os.system, ("true",)


def state_dict():
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.Linear(8, 4))
    tensors = model.state_dict()
    tensors["transposed"] = torch.randn(4, 5, 6).permute(2, 0, 1)
    tensors["of a slice"] = torch.arange(20.0)[5:15:2]
    tensors["number"] = torch.tensor(3.5)
    tensors["empty"] = torch.zeros(0, 3)
    for name, kind in TYPES.items():
        tensors[name] = torch.arange(5).to(kind)
    return tensors


def main():
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "f.pth"), os.path.join(folder, "out")
        weights = state_dict()
        several = {"teacher": weights, "student": weights}
        for legacy in (False, True):
            def saved(content):
                torch.save(content, path, _use_new_zipfile_serialization=not legacy)
                return read(path, out)

            for content in (weights, {"epoch": 3, "best": 91.5, "state_dict": weights, "optimizer": {"lr": [0.1]}},
                            {"model": weights, "teacher": weights}, {"net": weights},
                            {name: torch.nn.Parameter(value) for name, value in weights.items()
                             if value.is_floating_point()}):
                expected = content
                for key in ("state_dict", "model", "net"):
                    expected = expected.get(key, expected) if isinstance(expected.get(key), dict) else expected
                if not same(saved(content), expected):
                    problems.append(f"legacy {legacy}: {list(content)[:3]} is read differently")
            for content, part in ((several, "several state dicts (student, teacher)"), ({"a": 1}, "no state dict"),
                                  ([1, 2], "no state dict"), ({"a": Runs(), **weights}, "system'"),
                                  (torch.nn.Linear(2, 2), "'torch.nn.modules.linear.Linear'"),
                                  ({**weights, "word": "x"}, "'word'")):
                said = saved(content)
                if not isinstance(said, str) or part not in said:
                    problems.append(f"legacy {legacy}: expected '{part}', got {said if isinstance(said, str) else 'tensors'}")
            # Damage: never a crash; a cut file is always refused.
            saved(weights)
            whole = open(path, "rb").read()
            draw = random.Random(2)
            for i in range(60):
                broken = bytearray(whole)
                if i % 2:
                    broken = broken[:draw.randrange(len(broken))]
                else:
                    broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)
                open(path, "wb").write(broken)
                if isinstance(read(path, out), dict) and i % 2:
                    problems.append(f"legacy {legacy}: cut at {len(broken)} of {len(whole)} it is still read")
        for named in map(pathlib.Path, sys.argv[2:]):
            if not named.exists():
                print("not there:", named.name)
                continue
            if not same(read(str(named), out), torch.load(named, map_location="cpu")["state_dict"]):
                problems.append(f"{named.name} is read differently")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
