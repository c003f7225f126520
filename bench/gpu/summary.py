"""Puts what run.sh measured beside its goals.

usage: summary.py OUT STEPS IMAGES

A goal is met or not only at full size: 50,000 images and 100 epochs on a GPU. What was not measured is "-".
"""
import json
import pathlib
import statistics
import sys

FULL = 50_000, 100


def lines(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def seconds_of_steps(path):
    """Of the steps that are done, calls that LIMIT cut short included; and all calls."""
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    done = {name for name, _, status in rows if status == "done"}
    return {step: sum(float(seconds) for name, seconds, _ in rows if name == step) for step in done}, rows


def busy(path):
    """The mean utilization from the first busy second to the last, a second counting as busy from 50 %:
    the start of a process shows as 1 or 2 %."""
    if not path.exists():
        return None
    percent = [int(word) for word in path.read_text().split() if word.isdigit()]
    at_work = [index for index, value in enumerate(percent) if value >= 50]
    return statistics.mean(percent[at_work[0]:at_work[-1] + 1]) if at_work else None


def accuracy(probe, measure):
    found = [100 * line["accuracy"] for line in probe if line["measure"] == measure]
    return found[0] if found else None


def goals(out, done):
    """(goal, unit, least, most, measured)"""
    epochs = [line for line in lines(out / "victim.jsonl") if "epoch" in line][1:]
    probe = lines(out / "probe.jsonl")
    return [
        ("simclr, one epoch, median without the first", "s", None, 2.5,
         statistics.median(line["seconds"] for line in epochs) if epochs else None),
        ("GPU busy during simclr", "%", 85, None, busy(out / "utilization.txt")),
        ("simclr, 10 nearest neighbors", "%", 83.2 - 2, None, accuracy(probe, "knn")),
        ("simclr, linear probe", "%", 85.6 - 2, None, accuracy(probe, "linear")),
        ("cont-steal from stored answers, all epochs", "s", None, 180, done.get("steal")),
        ("cifar10 table at full size", "s", None, 1800, done.get("table")),
    ]


def main():
    out, steps, images = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    done, rows = seconds_of_steps(steps)
    epochs = [len([line for line in lines(out / name) if "epoch" in line])
              for name in ("victim.jsonl", "steal.jsonl")]
    full = images >= FULL[0] and min(epochs) >= FULL[1] and (out / "utilization.txt").exists()
    print(f"{images} images, {epochs[0]} epochs of simclr, {epochs[1]} of cont-steal")
    print(f"{'goal':<46}  {'wanted':>9}  {'measured':>9}  met")
    for name, unit, least, most, measured in goals(out, done):
        wanted = f">= {least:g} {unit}" if least is not None else f"<= {most:g} {unit}"
        shown, met = "-", "-"
        if measured is not None:
            shown = f"{measured:.2f} {unit}"
            held = measured >= least if least is not None else measured <= most
            met = ("yes" if held else "no") if full else "not full size"
        print(f"{name:<46}  {wanted:>9}  {shown:>9}  {met}")
    print()
    for name, seconds, status in rows:
        print(f"{name:<10}  {seconds:>5} s  {status}")


if __name__ == "__main__":
    main()
