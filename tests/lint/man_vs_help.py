#!/usr/bin/env python3
"""Holds manual pages to --help: man_vs_help.py BINDIR MANDIR TOOLS_CMAKE.

For every tool: its page exists; options (letter, name, argument, default) are the same; NAME is the
summary of --help, SYNOPSIS its operands; statuses 0 to 4 are listed; methods and policies are
described.
"""
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"^  (?:-(\w), |    )--([\w-]+)(?: (\S+))?$")
MACRO = re.compile(r"^\.It(?: Fl (\w) ,)? Fl -([\w-]+)(?: Ar (\S+))?$")


def from_help(text):
    """Usage line, summary, and {name: (letter, argument, default)}."""
    lines = text.splitlines()
    options, name, body = {}, None, []

    def finish():
        if name:
            words = " ".join(body)
            default = re.search(r"Default: (.*)\.$", words)
            options[name[1]] = (name[0], name[2], default and default[1])

    for line in lines[lines.index("Options:") + 1:]:
        match = OPTION.match(line)
        if match:
            finish()
            name, body = match.groups(), []
        elif line.startswith("          "):
            body.append(line.strip())
        elif line:
            break
    finish()
    return lines[0], lines[1], options


def section(page, title):
    match = re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", page, re.M | re.S)
    return match[1] if match else ""


def from_page(page):
    options, name = {}, None
    for line in section(page, "OPTIONS").splitlines():
        match = MACRO.match(line)
        if match:
            name = match[2]
            options[name] = (match[1], match[3], None)
        elif line.startswith("Default: ") and name:
            options[name] = (*options[name][:2], line[len("Default: "):-1])
    return options


def check(tool, binary, man_dir):
    path = man_dir / f"{tool}.1"
    if not path.exists():
        return [f"{tool}: has no page"]
    help_text = subprocess.run([binary, "--help"], check=True, capture_output=True, text=True).stdout
    usage, summary, options = from_help(help_text)
    page = path.read_text().replace("\\:", "")  # where a line may break
    found = []

    def same(what, one, other):
        if one != other:
            found.append(f"{tool}: {what}: --help says {one}, the page {other}")

    documented = from_page(page)
    for name in sorted(options.keys() | documented.keys()):
        same(f"--{name}", options.get(name), documented.get(name))
    nd = re.search(r"^\.Nd (.*)$", section(page, "NAME"), re.M)
    same("summary", summary, f"{tool}: {nd[1] if nd else ''}.")
    operands = re.findall(r"^\.Ar (.*)$", section(page, "SYNOPSIS"), re.M)
    same("usage", usage, " ".join(["Usage:", tool, "[OPTION]...", *operands]).replace(" ...", "..."))
    for status in "01234":
        if f"\n.It {status}\n" not in section(page, "EXIT STATUS"):
            found.append(f"{tool}: the page does not list exit status {status}")
    for kind in ("method", "policy"):
        argument = options.get(kind, (None, None, None))[1] or ""
        for word in argument.split("|"):
            if word and word != "NAME" and f"\n.It Cm {word}\n" not in section(page, "DESCRIPTION"):
                found.append(f"{tool}: the page does not describe the {kind} {word}")
    return found


def main():
    bin_dir, man_dir, cmake = (pathlib.Path(a) for a in sys.argv[1:4])
    tools = re.findall(r"^ *cs_tool\((\S+)", cmake.read_text().replace(")", " )"), re.M)
    found = []
    for tool in tools:
        if (bin_dir / tool).exists():
            found += check(tool, bin_dir / tool, man_dir)
    for page in man_dir.glob("*.1"):
        if page.stem not in tools:
            found.append(f"{page.name}: is a page without a tool")
    print("\n".join(found))
    return 1 if found or not tools else 0


if __name__ == "__main__":
    sys.exit(main())
