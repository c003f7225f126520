#!/usr/bin/env python3
"""Renders the manual pages as `man` does on a terminal of 80 columns: pages.py MANDIR [--self-test].

Groff must not warn, no line may be wider than the terminal, and each row of a table must stand on one
line with blanks between its cells. Exits 77 (skipped) without groff.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

COLUMNS = 80
GROFF = ["groff", "-mandoc", "-ww", "-Tutf8", f"-rLL={COLUMNS - 2}n", "-P-cbou"]
TABLES = re.compile(r"^\.Bl -column .*\n((?:.*\n)*?)\.El$", re.M)


def cells(row):
    """The cells of a table's row, of the last its first word."""
    found = [re.sub(r'\b(Em|Cm|Va|Fl|Pa|Ql) |"', "", cell) for cell in row[4:].split(" Ta ")]
    found[-1] = found[-1].partition(" ")[0]
    return [cell.strip() for cell in found if cell.strip()]


def faults(page):
    done = subprocess.run([*GROFF, page], capture_output=True, text=True)
    found = [f"{page.name}: {line}" for line in done.stderr.splitlines()]
    lines = done.stdout.splitlines()
    found += [f"{page.name}: {len(line)} columns: {line}" for line in lines if len(line) > COLUMNS]
    for table in TABLES.finditer(page.read_text()):
        for row in table[1].splitlines():
            words = [re.escape(word) for word in cells(row)]
            if words and not any(re.search(r"\S?\s+\S?".join(words), line) for line in lines):
                found.append(f"{page.name}: not on one line, with blanks between its cells: {row}")
    return found


def self_test():
    """What --self-test expects to be found, and the page to be found in; none in the first."""
    head = ".Dd January 1, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd x\n.Sh DESCRIPTION\n"
    table = '.Bl -column "three" "four"\n.It one Ta two\n.It three Ta four\n.El\n'
    pages = {
        "": head + table,
        "break line": head + "x" * 90 + "\n",
        "columns: ": head + ".Bd -literal\n" + "x" * 90 + "\n.Ed\n",
        "between its cells: .It op": head + '.Bl -column "i" "i" "i"\n.It op' + " Ta abc" * 20 + "\n.El\n",
    }
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for what, text in pages.items():
            page = pathlib.Path(folder) / "x.1"
            page.write_text(text)
            found = faults(page)
            if bool(found) != bool(what) or what not in "\n".join(found):
                missed.append(f"expected '{what}', found {found}")
    return missed


def main():
    if not shutil.which("groff"):
        return 77
    pages = sorted(pathlib.Path(sys.argv[1]).glob("*.[157]"))
    found = self_test() if "--self-test" in sys.argv else [f for page in pages for f in faults(page)]
    print("\n".join(found))
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
