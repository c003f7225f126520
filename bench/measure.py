"""What the benchmarks share: interleaved repetitions, the best of each side, one JSON line.

The machine is shared and its speed drifts, so ours and the peer alternate within one run, the
fastest repetition of each counts, and only the ratio says anything.
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

import torch


def arguments(description, threads=None):
    """The command line of every benchmark: `BIN [--repeat N] [--threads N]`; one that is about a
    number of threads takes no --threads."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("bin", help="folder of the tools")
    parser.add_argument("--images", metavar="SOURCE", default="synth:shapes?count=60000",
                        help="what cs-sample reads [%(default)s]")
    parser.add_argument("--repeat", type=int, default=5, help="repetitions [%(default)s]")
    if threads is None:
        parser.add_argument("--threads", type=int, default=os.cpu_count(), help="[all cores]")
    parsed = parser.parse_args()
    if threads is not None:
        parsed.threads = threads
    os.environ["PATH"] = os.path.abspath(parsed.bin) + os.pathsep + os.environ["PATH"]
    torch.set_num_threads(parsed.threads)
    return parsed


def run(*command):
    """The standard output of a tool; its progress is not shown."""
    done = subprocess.run([str(word) for word in command], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout


def train(folder, *options):
    """The lines of cs-train's log, one an epoch. The encoder is folder/trained.safetensors."""
    log = folder / "trained.jsonl"
    run("cs-train", "-f", *options, "--log", log, "-o", folder / "trained.safetensors")
    return [line for line in json_lines(log.read_text()) if "epoch" in line]


class Attack:
    """`count` images, and a victim's answers to views of them: files in `folder`."""

    def __init__(self, parsed, folder, count):
        self.images, views, self.answers = (
            folder / f"{part}{count}.lmdb" for part in ("images", "views", "answers"))
        victim = folder / f"victim{count}.safetensors"
        run("cs-sample", parsed.images, "-n", count, "-o", self.images)
        run("cs-augment", self.images, "--policy", "cont-steal", "-o", views)
        run("cs-train", "--method", "simclr", "--images", self.images, "--epochs", 0, "-o", victim,
            "--arch", "resnet18", "--stem", "imagenet")
        run("cs-query", views, "--victim", victim, "-o", self.answers)


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def scratch():
    """A temporary folder; the benchmarks leave nothing behind."""
    return tempfile.TemporaryDirectory(prefix="cs-bench.")


def watched(command, look):
    """Runs a command; the largest that look(its process id) gave, asked every 10 ms."""
    most = 0
    with subprocess.Popen([str(word) for word in command], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, look(process.pid))
            time.sleep(0.01)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} failed")
    return most


def interleaved(repeat, *sides):
    """Calls each of `sides` in turn, `repeat` times: for each side, the list of what it gave."""
    given = [[] for _ in sides]
    for _ in range(repeat):
        for values, side in zip(given, sides):
            values.append(side())
    return given


def report(name, unit, ours, peer, parsed, target=None, **more):
    """Prints the result. `ours` and `peer` are lists of measurements in `unit`: seconds, of which
    the smallest count, or rates (anything a second), of which the largest do. `target` is the ratio
    that is asked for."""
    best = min if unit == "s" else max
    ratio = best(peer) / best(ours) if unit == "s" else best(ours) / best(peer)
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = next(line for line in file if line.startswith("flags")).split()
    print(json.dumps({
        "name": name, "ratio": round(ratio, 2), **({"target": target} if target else {}),
        "ours": round(best(ours), 5), "peer": round(best(peer), 5), "unit": unit, **more,
        "all_ours": [round(value, 5) for value in ours],
        "all_peer": [round(value, 5) for value in peer], "threads": parsed.threads,
        "cpu_flags": [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
                      if flag in flags],
        "torch": torch.__version__, "load": os.getloadavg()[0]}), flush=True)
