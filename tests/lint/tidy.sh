#!/bin/sh
# clang-tidy over lib/ and tools/, on two cores: tidy.sh BUILD_DIR [FILTER]. FILTER is a part of file
# names, e.g. lib/store. GCC's own flags and precompiled headers mean nothing to clang, so they are
# taken out of a copy of compile_commands.json first. Exits 77 (skipped) without clang-tidy.
set -eu
[ $# -ge 1 ] || { echo "usage: tidy.sh BUILD_DIR [FILTER]" >&2; exit 2; }
tidy=${CLANG_TIDY:-clang-tidy}
command -v "$tidy" > /dev/null || { echo "no $tidy" >&2; exit 77; }
root=$(cd "$(dirname "$0")/../.." && pwd)
commands=$(cd "$1" && pwd)/compile_commands.json
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
python3 - "$commands" "$copy" "$root" "${2:-}" <<'END'
import json, pathlib, re, sys

commands, copy, root, wanted = sys.argv[1:5]
def sources(entry):
    """The entry, or one for each source that a file of a unity build includes."""
    if "/Unity/unity_" not in entry["file"]:
        return [entry]
    names = re.findall(r'#include "(.*)"', pathlib.Path(entry["file"]).read_text())
    return [{**entry, "file": name, "command": entry["command"].replace(entry["file"], name)}
            for name in names]


kept = []
for entry in (each for unit in json.load(open(commands)) for each in sources(unit)):
    name = entry["file"].removeprefix(root + "/")
    if not name.startswith(("lib/", "tools/")) or wanted not in name:
        continue
    entry["command"] = re.sub(r" (-Winvalid-pch|-include \S*cmake_pch\S*|-fno-devirtualize)", "", entry["command"])
    kept.append(entry)
pathlib.Path(copy, "compile_commands.json").write_text(json.dumps(kept))
pathlib.Path(copy, "files").write_text("".join(e["file"] + "\0" for e in kept))
END
[ -s "$copy/files" ] || { echo "no file to check" >&2; exit 2; }
xargs -0 -n 1 -P 2 "$tidy" -p "$copy" --quiet < "$copy/files" 2> "$copy/err" || {
  grep -v ' warnings\? generated\.$' "$copy/err" >&2
  exit 1
}
