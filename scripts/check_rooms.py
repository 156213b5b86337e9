#!/usr/bin/env python3
"""Fails on an #include in src/ that goes against the order of the rooms (docs/design.md).

Each folder of src/ is a room. What a room may include is the table below; the libraries that CMakeLists.txt links
must say the same. Every finding is printed as file:line, what is wrong, and why.
"""

import argparse
import re
import sys
from pathlib import Path

ROOMS = {
    "base": [],
    "tensor": ["base"],
    "text": ["base"],
    "model": ["base", "tensor", "text"],
    "generation": ["base", "tensor", "model"],
    "programs": ["base"],
    "sandbox": ["base", "programs"],
    "examples": ["base", "text", "model", "programs"],
    "training": ["base", "tensor", "model", "generation", "programs", "examples"],
    "evaluation": ["base", "text", "model", "generation", "programs", "examples"],
    "endpoint": ["base", "examples", "evaluation"],
    "recipe": ["base", "model", "programs", "examples", "training", "evaluation"],
    "run": ["base", "tensor", "text", "model", "generation", "programs", "sandbox", "examples", "training", "evaluation", "recipe"],
    "exchange": ["base", "text", "model", "programs", "examples", "training", "recipe", "run"],
    "estimate": ["base", "tensor", "text", "model", "generation", "programs", "examples", "training", "evaluation",
                 "recipe", "run"],
    "report": ["base", "programs", "evaluation", "run"],
    "decisions": ["base", "text", "model", "generation", "programs", "examples", "evaluation", "recipe", "run"],
    "assessment": ["base", "text", "programs", "examples", "evaluation", "recipe", "run", "report"],
    "server": ["base", "tensor", "text", "model", "generation", "programs", "examples", "evaluation", "recipe", "run",
               "decisions"],
    "cli": ["base", "tensor", "text", "model", "generation", "programs", "sandbox", "examples", "training",
            "evaluation", "endpoint", "recipe", "run", "exchange", "estimate", "report", "decisions", "assessment",
            "server"],
}

# Headers that only the rooms named may include, with the reason: those of single domains, not their table.
RESERVED = re.compile(r"programs/(domains/(?!(domain|table)\.h).+|make\.h)")
RESERVED_FOR = (["programs", "recipe", "run", "cli"],
                "what a domain's programs are about is for `programs`, recipes and commands alone")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LINKED = re.compile(r"^pbb_room\((\w+)(?:\s+ROOMS\s+([\w\s]+?))?(?:\s+LIBRARIES\b[^)]*)?\)", re.MULTILINE)


def linked_rooms(cmake):
    """The rooms that CMakeLists.txt links to each room."""
    return {name: (rooms or "").split() for name, rooms in LINKED.findall(cmake)}


def check_links(root):
    cmake = root / "CMakeLists.txt"
    linked = linked_rooms(cmake.read_text(encoding="utf-8"))
    for room in sorted(ROOMS.keys() | linked.keys()):
        if set(linked.get(room, ["absent"])) != set(ROOMS.get(room, ["absent"])):
            yield (f"{cmake}: room `{room}` links {linked.get(room, 'nothing: it is not there')}, "
                   f"but scripts/check_rooms.py allows {ROOMS.get(room, 'no such room')}")
    for room in sorted(path.name for path in (root / "src").iterdir() if path.is_dir()):
        if room not in ROOMS:
            yield f"{root / 'src' / room}: no such room; scripts/check_rooms.py lists them"


def fault(room, file, included):
    """Why `file`, which lies in `room`, may not include `included`; None when it may."""
    target = included.split("/")[0]
    if ".." in included.split("/") or (target not in ROOMS and (file.parent / included).exists()):
        return "our own headers are included as \"ROOM/NAME.h\""
    if target not in ROOMS or target == room:
        return None
    if target not in ROOMS[room]:
        return f"`{room}` may include {', '.join(ROOMS[room]) or 'no other room'}, but knows nothing of `{target}`"
    allowed, reason = RESERVED_FOR
    return reason if RESERVED.fullmatch(included) and room not in allowed else None


def check_includes(root):
    for file in sorted((root / "src").rglob("*")):
        room = file.relative_to(root / "src").parts[0]
        if file.suffix not in (".h", ".cc") or room not in ROOMS:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if match := INCLUDE.match(line):
                if why := fault(room, file, match[2]):
                    yield f"{file}:{number}: includes {match[2]}: {why}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    findings = [*check_links(root), *check_includes(root)]
    print(*findings, sep="\n", end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
