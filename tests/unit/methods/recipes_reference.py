#!/usr/bin/python3
"""Holds the recipes against the tables of cs-train(1): every number of theirs.

usage: recipes_reference.py EXPORTER PAGE
"""
import json
import re
import subprocess
import sys

TABLE = re.compile(r"^\.Bl -column [^\n]*\n(.*?)^\.El$", re.M | re.S)


def cells(line):
    return [re.sub(r'^Em |"', "", cell) for cell in line.removeprefix(".It ").split(" Ta ")]


def rows(table):
    """The rows below the head of a table as dictionaries; an empty first cell repeats the one above."""
    lines = table.splitlines()
    head, found = cells(lines[0]), []
    for line in lines[1:]:
        row = dict(zip(head, cells(line)))
        row["method"] = row["method"] or found[-1]["method"]
        found.append(row)
    return found


def numbers(text):
    return [] if text == "-" else [float(number) for number in re.findall(r"[0-9][0-9.e-]*", text)]


def stated(row):
    """A row of the page, its cells by name: numbers, but for those of words."""
    words = {"views", "view", "policy"}
    cells = {}
    for name, cell in row.items():
        if name == "lr":
            cells["optimizer"], _, cell = cell.rstrip("*").partition(" ")
        if name not in ("method", "recipe"):
            cells[name] = cell if name in words else numbers(cell)
    return cells


def expected(recipe, names):
    """The same of the program's recipe."""
    options = recipe["options"]
    ema = [options[name] for name in ("ema", "ema-end") if name in options]
    sees = {"stolen-encoder": "plain, fresh", "rda": "5 fresh"}
    view = options["surrogate-view"] if recipe["chooses"] else options["policy"]
    fresh = view == "fresh" or recipe["method"] in sees
    cells = {
        "optimizer": options["optimizer"],
        "lr": [recipe["lr"]] + ([recipe["lr_batch"]] if recipe["lr_batch"] else []),
        "decay": [options["weight-decay"]],
        "batch": [options["batch"]],
        "epochs": [options["epochs"]],
        "tau": [options["tau"]] if "tau" in options else [],
        "views": view,
        "view": sees.get(recipe["method"], view),
        "policy": options["policy"] if fresh else "-",
        "projector": options.get("projector", []),
        "predictor": options.get("predictor", []),
        "EMA decay": sorted(set(ema)),
    }
    return {name: cells[name] for name in names}


def main():
    output = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout
    recipes = {}
    for line in output.splitlines():
        recipe = json.loads(line)
        recipes[recipe["method"], recipe["recipe"]] = recipe
    with open(sys.argv[2], encoding="utf-8") as file:
        tables = [rows(table) for table in TABLE.findall(file.read())]
    wrong = 0
    described = set()
    for row in (row for table in tables for row in table):
        for method in row["method"].split(", "):
            key = method, row.get("recipe", "")
            described.add(key)
            cells = stated(row)
            wanted = expected(recipes[key], cells) if key in recipes else None
            if cells != wanted:
                wrong += 1
                print(f"{key}: the page says {cells}, the program {wanted}")
    for key in recipes.keys() - described:
        wrong += 1
        print(f"{key} is in no table")
    print(f"{len(recipes)} recipes, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
