#!/usr/bin/env python3
"""Holds the #include lines to the module graph: layering.py ROOT [--self-test].

The graph is what lib/CMakeLists.txt (cs_module) and tools/CMakeLists.txt (cs_tool) say. A module may
include itself and what its USES list, transitively; a tool what it links, and cli. LMDB and zstd
belong to store alone, and cs-train must not reach victim: an attack never sees the encoder.
"""
import pathlib
import re
import shutil
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.M)
CALL = re.compile(r"^ *(cs_module|cs_tool)\(([^)]*)\)", re.M)
KEYWORDS = {"TORCH", "USES", "LINK"}


def calls(cmake_file, function):
    """The argument lists of the calls of `function`, by their first argument."""
    text = re.sub(r"#.*", "", cmake_file.read_text())
    return {c[1].split()[0]: c[1].split()[1:] for c in CALL.findall(text) if c[0] == function}


def uses(arguments):
    taken, found = None, []
    for word in arguments:
        if word in KEYWORDS:
            taken = word
        elif taken == "USES":
            found.append(word)
    return found


def reach(graph, start):
    """`start` and everything below it."""
    seen, todo = set(), list(start)
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            todo += graph.get(module, [])
    return seen


def includes(path):
    return INCLUDE.findall(path.read_text(errors="replace"))


def violations(root):
    root = pathlib.Path(root)
    found = []
    graph = {m: uses(a) for m, a in calls(root / "lib/CMakeLists.txt", "cs_module").items()}
    tools = {
        t: [w for w in a if w not in KEYWORDS]
        for t, a in calls(root / "tools/CMakeLists.txt", "cs_tool").items()
    }
    folders = {p.name for p in (root / "lib").iterdir() if p.is_dir()}
    for name in sorted(folders ^ set(graph)):
        found.append(f"lib/{name}: a folder without cs_module, or the reverse")
    for module, below in graph.items():
        if module in reach(graph, below):
            found.append(f"lib/CMakeLists.txt: {module} uses itself in a circle")

    def check(path, allowed):
        for kind, target in includes(path):
            module = target.split("/")[0]
            where = path.relative_to(root)
            if kind == '"' and module in folders and module not in allowed:
                found.append(f"{where}: includes {target}, not below it in the graph")
            if pathlib.PurePath(target).name in ("lmdb.h", "zstd.h") and where.parts[1] != "store":
                found.append(f"{where}: includes {target}, which belongs to lib/store")
            if target == "store/env.hpp" and where.parts[1] != "store":
                found.append(f"{where}: includes {target}, and with it LMDB; use store/tables.hpp")

    for module in sorted(folders & set(graph)):
        for path in sorted((root / "lib" / module).iterdir()):
            if path.suffix in (".hpp", ".cpp"):
                check(path, reach(graph, [module]))
    for path in sorted((root / "tools").glob("*.cpp")):
        if path.stem not in tools:
            found.append(f"tools/{path.name}: has no cs_tool")
            continue
        check(path, reach(graph, ["cli", *tools[path.stem]]))
    if "victim" in reach(graph, tools.get("cs-train", ["victim"])):
        found.append("tools/CMakeLists.txt: cs-train reaches victim; an attack may not")
    return found


def self_test(root):
    """Plants violations in a copy and expects each to be found."""
    def append(name, line):
        return lambda copy: (copy / name).write_text((copy / name).read_text() + line + "\n")

    def edit(name, old, new):
        return lambda copy: (copy / name).write_text((copy / name).read_text().replace(old, new, 1))

    plants = {
        "a module includes one above it": append("lib/core/error.hpp", '#include "store/reader.hpp"'),
        "train includes victim": append("lib/train/trainer.cpp", '#include "victim/open.hpp"'),
        "methods includes train": append("lib/methods/method.cpp", '#include "train/trainer.hpp"'),
        "cs-train includes victim": append("tools/cs-train.cpp", '#include "victim/open.hpp"'),
        "cs-train links victim": edit("tools/CMakeLists.txt", "cs-train TORCH", "cs-train TORCH victim"),
        "methods uses victim": edit("lib/CMakeLists.txt", "methods  TORCH USES", "methods  TORCH USES victim"),
        "LMDB's handles outside store": append("lib/answers/cache.cpp", '#include "store/env.hpp"'),
        "LMDB outside store": append("lib/source/source.cpp", "#include <lmdb.h>"),
        "zstd in a tool": append("tools/cs-show.cpp", "  #  include <zstd.h>"),
        "a circle": edit("lib/CMakeLists.txt", "cs_module(core ", "cs_module(core USES store "),
        "an unknown module": lambda copy: (copy / "lib/util").mkdir(),
        "an unknown tool": lambda copy: (copy / "tools/cs-new.cpp").write_text(""),
    }
    missed = []
    for name, plant in plants.items():
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            for part in ("lib", "tools"):
                shutil.copytree(pathlib.Path(root) / part, copy / part)
            plant(copy)
            if not violations(copy):
                missed.append(f"not found: {name}")
    return missed


def main():
    root = sys.argv[1]
    found = self_test(root) if "--self-test" in sys.argv else violations(root)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
