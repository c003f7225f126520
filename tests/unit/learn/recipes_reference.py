#!/usr/bin/python3
"""Holds the recipes against the tables of cs-train(1): every number of theirs.

usage: recipes_reference.py EXPORTER PAGE
"""
import json
import re
import subprocess
import sys


def rows(table):
    """The lists of cells of a .Bl -column."""
    return [line[4:].split(" Ta ") for line in table.splitlines() if line.startswith(".It ")]


def numbers(text):
    return [] if text == "-" else [float(number) for number in re.findall(r"[0-9][0-9.e-]*", text)]


def lr_cell(recipe):
    """[rate] or [rate, batch]."""
    return [recipe["lr"]] + ([float(recipe["lr_batch"])] if recipe["lr_batch"] else [])


def first_row(recipe):
    return [recipe["optimizer"], lr_cell(recipe), [recipe["decay"]], [recipe["batch"]],
            [recipe["epochs"]], [] if recipe["tau"] is None else [recipe["tau"]], recipe["view"]]


def solo_row(recipe):
    ema = [] if recipe["method"] in ("simclr", "simsiam") else recipe["ema"]
    return [recipe["optimizer"], lr_cell(recipe), [recipe["decay"]],
            [] if recipe["tau"] is None else [recipe["tau"]], recipe["projector"],
            recipe["predictor"], ema]


def cells(row, words):
    """A row's cells behind its name: words where `words` says so, else numbers."""
    return [cell if i in words else numbers(cell.rstrip("*")) for i, cell in enumerate(row[1:])]


def main():
    output = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout
    recipes = [json.loads(line) for line in output.splitlines()]
    with open(sys.argv[2], encoding="utf-8") as file:
        tables = re.findall(r"\.Bl -column.*?\.El", file.read(), re.S)
    page = {(row[0], "first"): cells(row, (0, 6)) for row in rows(tables[0])}
    page.update({(row[0], "solo"): cells(row, (0,)) for row in rows(tables[1])})
    wrong = 0
    for recipe in recipes:
        if recipe["first"]:
            kind, expected = "first", first_row(recipe)
        elif recipe["recipe"] == "solo":
            kind, expected = "solo", solo_row(recipe)
        else:
            continue  # told in a sentence
        stated = page.pop((recipe["method"], kind), None)
        if stated != expected:
            wrong += 1
            print(f"{recipe['method']} ({kind}): the page says {stated}, the program {expected}")
    for name, kind in page:
        if not name.startswith("Em "):  # the heads of columns
            wrong += 1
            print(f"{name} ({kind}) is on the page alone")
    print(f"{len(recipes)} recipes, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
