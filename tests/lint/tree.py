#!/usr/bin/env python3
"""House rules for the tree: tree.py ROOT."""
import pathlib
import re
import sys

SOURCES = (".cpp", ".hpp")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
ABSOLUTE = re.compile(r"(?<![\w.])/(home|work|root|Users)/")
SELF = "tests/lint/tree.py"


def main():
    root = pathlib.Path(sys.argv[1])
    found = []

    def rule(holds, path, what):
        if not holds:
            found.append(f"{path.relative_to(root)}: {what}")

    code = [p for d in ("lib", "tools") for p in sorted((root / d).rglob("*")) if p.suffix in SOURCES]
    for path in code:
        text = path.read_text()
        lines = text.count("\n")
        if path.parent.name == "tools":
            rule(lines <= 200, path, f"{lines} lines; at most 200, move the rest to lib/")
            rule(not re.search(r"^class ", text, re.M), path, "has a class; move it to lib/")
        rule(lines <= 400, path, f"{lines} lines; at most 400")
        rule(not re.search(r"^\s*using namespace", text, re.M), path, "using namespace")
        if path.suffix == ".hpp":
            rule(text.startswith("///"), path, "does not start with a /// comment on what it is")
            rule("\n#pragma once\n" in text, path, "has no #pragma once")
    version = re.search(r"VERSION ([0-9.]+) LANG", (root / "CMakeLists.txt").read_text())
    rule(version and f'"{version[1]}"' in (root / "lib/core/version.hpp").read_text(),
         root / "lib/core/version.hpp", "is not the version of CMakeLists.txt")
    for module in sorted((root / "lib").iterdir()):
        if module.is_dir():
            tests = root / "tests/unit" / module.name
            rule(tests.is_dir() and any(tests.iterdir()), module, "has no tests/unit of its name")
    for tool in sorted((root / "tools").glob("*.cpp")):
        cases = list((root / "tests/cli" / tool.stem).glob("*/cmd"))
        rule(len(cases) >= 5, tool, f"has {len(cases)} cases in tests/cli; at least 5")
    for part in ("lib", "tools", "tests", "man", "pipelines", "bench", "CMakeLists.txt", "README.md",
                 "CONTRIBUTING.md", "Makefile.examples"):
        base = root / part
        for path in [base] if base.is_file() else sorted(base.rglob("*")):
            if not path.is_file() or path.stat().st_size > 1 << 20 or "__pycache__" in path.parts:
                continue
            text = path.read_text(errors="replace")
            rule(not UNFINISHED.search(text), path, "holds a note of unfinished work")
            if str(path.relative_to(root)) != SELF:
                rule(not ABSOLUTE.search(text), path, "holds an absolute path of somebody's machine")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
