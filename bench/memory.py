#!/usr/bin/python3
"""Peak resident memory of cs-train for batch sizes, methods and precisions, against what is allowed.

usage: memory.py BIN

A ResNet-18 with the CIFAR stem for two epochs of two steps. Allowed is the set (pixels and answers), the
weights and the optimizer's state (Adam has two numbers a weight, SGD one), 4 MB for each image of a step
(simclr: two views a record) and 300 MB. That holds for the precision that cs-train takes by itself on a
processor with avx512_bf16, bf16; f32, whose activations alone are 6.05 MB an image, is beside it.
`untrained_mb` is the peak of the same command with 0 epochs: LibTorch, the set and the weights. Peaks are
the kernel's VmHWM, read every 10 ms. MB are millions of bytes.
"""
import json
import os
import pathlib

import measure

BATCHES = (32, 128, 256)
STATE = {"cont-steal": 2, "simclr": 1}  # numbers that the optimizer has for a weight
VIEWS = {"cont-steal": 1, "simclr": 2}
MB = 1e6


def resident_peak(pid):
    """In bytes; 0 if the process is no more."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def peak(command):
    return measure.watched(command, resident_peak) / MB


def main():
    parsed = measure.arguments(__doc__.splitlines()[0])
    over = []
    with measure.scratch() as name:
        folder = pathlib.Path(name)
        encoder = folder / "encoder.safetensors"
        attacks = {batch: measure.Attack(parsed, folder, 2 * batch) for batch in BATCHES}
        for method, views in VIEWS.items():
            for precision in ("bf16", "f32"):
                for batch, attack in attacks.items():
                    command = ["cs-train", "-f", "--method", method, "--images", attack.images,
                               *(("--answers", attack.answers) if method == "cont-steal" else ()),
                               "--arch", "resnet18", "--stem", "cifar", "--batch", batch, "-o", encoder,
                               "--precision", precision, "--threads", parsed.threads]
                    untrained = peak([*command, "--epochs", 0])
                    used = peak([*command, "--epochs", 2])
                    pixels = 2 * batch * 32 * 32 * 3
                    answers = 2 * batch * 512 * 4 if method == "cont-steal" else 0
                    weights = encoder.stat().st_size * (1 + STATE[method])
                    allowed = (pixels + answers + weights) / MB + 4 * views * batch + 300
                    if precision == "bf16" and used > allowed:
                        over.append(f"{method} at batch {batch}")
                    print(json.dumps({
                        "name": f"memory_{method}", "precision": precision, "batch": batch,
                        "images_in_step": views * batch, "peak_mb": round(used),
                        "allowed_mb": round(allowed), "of_allowed": round(used / allowed, 3),
                        "untrained_mb": round(untrained), "threads": parsed.threads,
                        "load": os.getloadavg()[0]}), flush=True)
    if over:
        raise SystemExit("memory.py: more than is allowed: " + ", ".join(over))


if __name__ == "__main__":
    main()
